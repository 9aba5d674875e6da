-- Provider ids that cannot all be right: one id on several artists (docs/analysts.md).
BEGIN;

-- An id on several tracks is a conflict when no artist stands on all of them: spellings,
-- guests left out and mixes of one song are none. Artists as in the track key, so that
-- "Above & Beyond" and "Above and Beyond" are one. An artist's own id on several artists
-- is a conflict, or an alias nobody has told us of.
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

INSERT INTO schema_migrations (version, name) VALUES (12, 'conflicting_ids')
ON CONFLICT (version) DO NOTHING;
COMMIT;
