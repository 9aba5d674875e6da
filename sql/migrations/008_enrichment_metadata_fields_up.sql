-- Where a track's metadata came from and how fresh it is: the columns, checks, indexes,
-- trigger and view that users know by name.
BEGIN;

ALTER TABLE tracks
    ADD COLUMN IF NOT EXISTS enrichment_timestamp timestamptz,
    ADD COLUMN IF NOT EXISTS enrichment_source_api varchar(50),
    ADD COLUMN IF NOT EXISTS source_data_version varchar(100),
    ADD COLUMN IF NOT EXISTS camelot_key varchar(3),
    ADD COLUMN IF NOT EXISTS tempo_confidence numeric(3, 2);

-- Not valid yet: rows that are there are read below, without keeping writers out.
ALTER TABLE tracks
    DROP CONSTRAINT IF EXISTS tracks_camelot_key_format,
    ADD CONSTRAINT tracks_camelot_key_format
        CHECK (camelot_key ~ '^(1[0-2]|[1-9])[AB]$') NOT VALID,
    DROP CONSTRAINT IF EXISTS tracks_tempo_confidence_range,
    ADD CONSTRAINT tracks_tempo_confidence_range
        CHECK (tempo_confidence BETWEEN 0 AND 1) NOT VALID;

-- Every write of provenance stamps, a confirmation of equal values too: data that was
-- asked for again and found unchanged is fresh.
CREATE OR REPLACE FUNCTION update_enrichment_timestamp() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.enrichment_source_api IS NOT NULL THEN
        NEW.enrichment_timestamp := now();
    END IF;
    RETURN NEW;
END;
$$;

DROP TRIGGER IF EXISTS auto_update_enrichment_timestamp ON tracks;
CREATE TRIGGER auto_update_enrichment_timestamp
    BEFORE INSERT OR UPDATE OF provenance, enrichment_source_api, source_data_version
    ON tracks FOR EACH ROW EXECUTE FUNCTION update_enrichment_timestamp();

CREATE OR REPLACE VIEW enrichment_coverage_stats AS
SELECT counted.*,
       round(100.0 * with_spotify / nullif(total_tracks, 0), 2)
           AS spotify_coverage_pct,
       round(100.0 * with_musicbrainz / nullif(total_tracks, 0), 2)
           AS musicbrainz_coverage_pct,
       round(100.0 * with_audio_features / nullif(total_tracks, 0), 2)
           AS audio_features_coverage_pct,
       round(100.0 * enriched_tracks / nullif(total_tracks, 0), 2)
           AS enrichment_rate_pct
FROM (
    SELECT count(*)                                             AS total_tracks,
           count(spotify_id)                                    AS with_spotify,
           count(musicbrainz_id)                                AS with_musicbrainz,
           count(bpm)                                           AS with_bpm,
           count(*) FILTER (WHERE energy IS NOT NULL
                               OR danceability IS NOT NULL
                               OR valence IS NOT NULL)          AS with_audio_features,
           count(enrichment_timestamp)                          AS enriched_tracks,
           count(*) FILTER (WHERE enrichment_timestamp < now() - interval '90 days')
                                                                AS stale_tracks_90d,
           count(*) FILTER (WHERE enrichment_timestamp < now() - interval '30 days')
                                                                AS stale_tracks_30d
    FROM tracks
) AS counted;
COMMIT;

BEGIN;
ALTER TABLE tracks
    VALIDATE CONSTRAINT tracks_camelot_key_format,
    VALIDATE CONSTRAINT tracks_tempo_confidence_range;
COMMIT;

-- Each in a transaction of its own: writers wait for one build at most.
BEGIN;
CREATE INDEX IF NOT EXISTS idx_tracks_enrichment_timestamp
    ON tracks (enrichment_timestamp);
COMMIT;
BEGIN;
CREATE INDEX IF NOT EXISTS idx_tracks_enrichment_source_api
    ON tracks (enrichment_source_api) WHERE enrichment_source_api IS NOT NULL;
COMMIT;
BEGIN;
CREATE INDEX IF NOT EXISTS idx_tracks_stale_enrichment
    ON tracks (enrichment_source_api, enrichment_timestamp)
    WHERE enrichment_timestamp IS NOT NULL;
COMMIT;
BEGIN;
CREATE INDEX IF NOT EXISTS idx_tracks_camelot_key
    ON tracks (camelot_key) WHERE camelot_key IS NOT NULL;

INSERT INTO schema_migrations (version, name) VALUES (8, 'enrichment_metadata_fields')
ON CONFLICT (version) DO NOTHING;
COMMIT;
