BEGIN;
DROP INDEX IF EXISTS idx_tracklists_content;

INSERT INTO provider_fields (provider, field)
VALUES ('spotify', 'label'), ('musicbrainz', 'label')
ON CONFLICT DO NOTHING;

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
)
SELECT 'track' AS of_what, s.field, s.id, s.tracks AS held_by, s.artists, s.holders
FROM shared AS s
WHERE NOT EXISTS (
    SELECT FROM held AS h
    CROSS JOIN LATERAL
        unnest(string_to_array(split_part(h.track_key, '|', 1), '+')) AS credited (artist)
    WHERE h.field = s.field AND h.id = s.id AND credited.artist <> ''
    GROUP BY credited.artist HAVING count(DISTINCT h.track_id) = s.tracks
)
UNION ALL
SELECT 'artist', ids.field, ids.id, count(*), array_agg(a.name ORDER BY a.artist_id),
       array_agg(a.artist_id::text ORDER BY a.artist_id)
FROM artists AS a
CROSS JOIN LATERAL (VALUES
    ('spotify_id', a.spotify_id), ('musicbrainz_id', a.musicbrainz_id::text)
) AS ids (field, id)
WHERE ids.id IS NOT NULL
GROUP BY ids.field, ids.id HAVING count(*) > 1;

CREATE OR REPLACE VIEW field_provenance AS
SELECT t.track_id,
       p.key                                              AS field,
       p.value ->> 0                                      AS provider,
       (p.value ->> 1)::numeric(3, 2)                     AS confidence,
       to_timestamp((p.value ->> 2)::double precision)    AS fetched_at,
       (p.value ->> 3)::integer                           AS rule_version,
       p.key = ANY (t.pinned_fields)                      AS pinned
FROM tracks AS t
CROSS JOIN LATERAL jsonb_each(t.provenance) AS p;

DELETE FROM schema_migrations WHERE version = 14;
COMMIT;
