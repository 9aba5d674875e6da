-- Values that a person set are the person's; conflicts of ids in linear time; no provider
-- is priced for a field that it cannot give; copies of a file are found by content.
-- The views stand in 004 and 012 too: every file may be run again at any version.
BEGIN;

-- A pinned value is no provider's, whoever gave one before.
CREATE OR REPLACE VIEW field_provenance AS
SELECT t.track_id, said.field, said.provider,
       said.confidence::numeric(3, 2) AS confidence, said.fetched_at,
       said.rule_version, said.pinned
FROM tracks AS t
CROSS JOIN LATERAL (
    SELECT p.key AS field, p.value ->> 0 AS provider,
           (p.value ->> 1)::numeric(3, 2) AS confidence,
           to_timestamp((p.value ->> 2)::double precision) AS fetched_at,
           (p.value ->> 3)::integer AS rule_version, false AS pinned
    FROM jsonb_each(t.provenance) AS p
    WHERE p.key <> ALL (t.pinned_fields)
    UNION ALL
    SELECT pin, 'person', NULL, NULL, NULL, true FROM unnest(t.pinned_fields) AS pin
) AS said;

-- The same rows as before; each group of holders is counted once, not once for each id.
CREATE OR REPLACE VIEW conflicting_ids AS
WITH held AS (
    SELECT t.track_id, t.track_key, t.artist, ids.field, ids.id
    FROM tracks AS t
    CROSS JOIN LATERAL (VALUES
        ('spotify_id', t.spotify_id), ('musicbrainz_id', t.musicbrainz_id::text),
        ('isrc', t.isrc)
    ) AS ids (field, id)
    WHERE ids.id IS NOT NULL
), shared AS (
    SELECT field, id, count(*) AS tracks, array_agg(DISTINCT artist) AS artists,
           array_agg(track_id::text ORDER BY track_id) AS holders
    FROM held GROUP BY field, id HAVING count(*) > 1
), credited AS (
    SELECT h.field, h.id, names.artist, count(DISTINCT h.track_id) AS tracks
    FROM held AS h
    JOIN shared USING (field, id)
    CROSS JOIN LATERAL
        unnest(string_to_array(split_part(h.track_key, '|', 1), '+')) AS names (artist)
    WHERE names.artist <> ''
    GROUP BY h.field, h.id, names.artist
), commonest AS (
    SELECT field, id, max(tracks) AS tracks FROM credited GROUP BY field, id
)
SELECT 'track' AS of_what, s.field, s.id, s.tracks AS held_by, s.artists, s.holders
FROM shared AS s
LEFT JOIN commonest AS c USING (field, id)
WHERE c.tracks IS DISTINCT FROM s.tracks
UNION ALL
SELECT 'artist', ids.field, ids.id, count(*), array_agg(a.name ORDER BY a.artist_id),
       array_agg(a.artist_id::text ORDER BY a.artist_id)
FROM artists AS a
CROSS JOIN LATERAL (VALUES
    ('spotify_id', a.spotify_id), ('musicbrainz_id', a.musicbrainz_id::text)
) AS ids (field, id)
WHERE ids.id IS NOT NULL
GROUP BY ids.field, ids.id HAVING count(*) > 1;

-- Neither search results of Spotify nor those of MusicBrainz name a label.
DELETE FROM provider_fields WHERE field = 'label';

-- The same file under another name is the same tracklist.
CREATE INDEX IF NOT EXISTS idx_tracklists_content
    ON tracklists (source, content_hash);

INSERT INTO schema_migrations (version, name) VALUES (14, 'true_sources')
ON CONFLICT (version) DO NOTHING;
COMMIT;
