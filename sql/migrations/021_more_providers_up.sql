-- What more providers give: codes of a release, loudness, and each provider's own tempo.
BEGIN;
ALTER TABLE tracks
    -- a person's until now: 019 has it
    ADD COLUMN IF NOT EXISTS deezer_id text,
    ADD COLUMN IF NOT EXISTS catalogue_number text,
    ADD COLUMN IF NOT EXISTS barcode text,
    ADD COLUMN IF NOT EXISTS loudness real;
COMMIT;

BEGIN;
-- As 019 has it now; an installation may have an earlier one.
-- What of some tracks a person has to decide now. A pinned field is decided;
-- a provider that has no column of an id leaves nothing to decide.
CREATE OR REPLACE FUNCTION review_wanted(ids uuid[])
RETURNS TABLE (track_id uuid, kind text, subject text, key text, name text)
LANGUAGE sql STABLE AS $$
    WITH t AS (
        SELECT t.track_id, t.track_key, t.outcome, t.pinned_fields,
               lower(t.artist || ' ' || t.title) AS name
        FROM tracks AS t WHERE t.track_id = ANY (ids)
    ), part AS (
        SELECT r.track_id, r.provider, r.outcome,
               CASE r.provider WHEN 'lastfm' THEN 'lastfm_url'
                               ELSE r.provider || '_id' END AS field,
               contradicts(r.reasons) AS contradicts
        FROM provider_records AS r
        WHERE r.track_id = ANY (ids) AND EXISTS (
            SELECT FROM pg_attribute AS c
            WHERE c.attrelid = 'tracks'::regclass AND NOT c.attisdropped
              AND c.attname = CASE r.provider WHEN 'lastfm' THEN 'lastfm_url'
                                              ELSE r.provider || '_id' END)
    )
    SELECT t.track_id, 'ambiguous', part.provider, t.track_key, t.name
    FROM t JOIN part USING (track_id)
    WHERE part.outcome = 'ambiguous' AND part.field <> ALL (t.pinned_fields)
    UNION ALL
    SELECT DISTINCT t.track_id, 'fields_in_conflict', '', t.track_key, t.name
    FROM t JOIN part USING (track_id)
    WHERE part.contradicts AND part.outcome = 'found'
      AND part.field <> ALL (t.pinned_fields)
    UNION ALL
    SELECT t.track_id, 'no_match', '', t.track_key, t.name
    FROM t
    WHERE t.outcome = 'no_match'
      AND NOT t.pinned_fields && '{spotify_id,musicbrainz_id,lastfm_url}'
    UNION ALL
    SELECT t.track_id, 'decisions_differ', d.field, t.track_key, t.name
    FROM t JOIN review_decisions AS d USING (track_id)
    WHERE d.undone_at IS NULL AND d.replaced_by IS NULL
    GROUP BY t.track_id, d.field, t.track_key, t.name
    HAVING count(DISTINCT coalesce(d.choice, '')) > 1
$$;
COMMIT;

BEGIN;
-- As that provider gave it, whoever's value is the track's: two that differ by an octave
-- are told.
ALTER TABLE provider_records ADD COLUMN IF NOT EXISTS bpm real;

INSERT INTO schema_migrations (version, name) VALUES (21, 'more_providers')
ON CONFLICT (version) DO NOTHING;
COMMIT;
