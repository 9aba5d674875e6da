-- What most rows of files say is the value of their track, below every provider's.
BEGIN;

ALTER TABLE tracks
    -- {"isrc": ["GBAAA2600001", 2, 1]}: what most rows say, how many do, how many say
    -- the next value; kept though a provider's value stands above it: it is evidence
    ADD COLUMN IF NOT EXISTS file_facts jsonb NOT NULL DEFAULT '{}';

-- As in 017, which took the smaller of two values with as many rows for a while.
-- Every value of every file, with how many rows have it. A label that a page prints is
-- no file's word: a file that knows one knows more.
CREATE OR REPLACE VIEW file_facts AS
SELECT r.track_id, told.field, told.value, count(*) AS rows,
       count(DISTINCT r.tracklist_id) AS tracklists,
       min(r.tracklist_id) AS first_tracklist_id
FROM tracklist_rows AS r
CROSS JOIN LATERAL (VALUES
    ('isrc', r.isrc), ('duration_ms', r.duration_ms::text), ('bpm', r.bpm::text),
    ('camelot_key', r.camelot_key), ('album', r.album), ('release_date', r.released),
    ('artwork_url', r.artwork_url),
    ('label', CASE WHEN num_nonnulls(r.isrc, r.duration_ms, r.bpm, r.camelot_key,
                                     r.album, r.released, r.location) > 0
                   THEN r.label END)
) AS told (field, value)
WHERE r.track_id IS NOT NULL AND told.value IS NOT NULL
GROUP BY r.track_id, told.field, told.value;

-- What most rows say; of values with as many rows the one that was there first, so that
-- no file overwrites another's.
CREATE OR REPLACE VIEW agreed_file_facts AS
SELECT DISTINCT ON (track_id, field) track_id, field, value, rows, first_tracklist_id
FROM file_facts
ORDER BY track_id, field, rows DESC, first_tracklist_id, value;

-- Give tracks the values of files where no provider and no person says anything, and take
-- back those that no row says any more. With the owner's rights: a crawl may bring rows,
-- and write no values but these.
CREATE OR REPLACE FUNCTION fill_from_files(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held uuid[];
    ages timestamptz[];
BEGIN
    -- in the order of ids, as all writers lock; rows are read after that, so that of two
    -- files stored at once the later one counts both
    SELECT array_agg(track_id), array_agg(enrichment_timestamp) INTO held, ages
    FROM (SELECT track_id, enrichment_timestamp FROM tracks
          WHERE track_id = ANY (ids) ORDER BY track_id FOR NO KEY UPDATE) AS locked;
    WITH told AS MATERIALIZED (
        SELECT * FROM file_facts WHERE track_id = ANY (held)
    ), agreed AS (
        SELECT * FROM agreed_file_facts WHERE track_id = ANY (held)
    ), rival AS (
        SELECT a.track_id, a.field, max(o.rows) AS rows
        FROM agreed AS a JOIN told AS o USING (track_id, field)
        WHERE o.value <> a.value
          -- lengths up to two seconds apart are one length
          AND CASE field WHEN 'duration_ms'
              THEN abs(o.value::integer - a.value::integer) > 2000 ELSE true END
        GROUP BY a.track_id, a.field
    ), known AS (
        SELECT a.track_id,
               jsonb_object_agg(field, jsonb_build_array(
                   a.value, a.rows, coalesce(rival.rows, 0))) AS facts,
               -- as providers' values have it; no rule of ours made it
               jsonb_object_agg(field, jsonb_build_array(
                   'file', 0.1, extract(epoch FROM l.retrieved_at)::bigint, NULL)) AS said
        FROM agreed AS a LEFT JOIN rival USING (track_id, field)
        JOIN tracklists AS l ON l.tracklist_id = a.first_tracklist_id
        GROUP BY a.track_id
    ), chosen AS (
        SELECT t.track_id, coalesce(known.facts, '{}') AS facts,
               coalesce(known.said, '{}') AS said,
               ARRAY (
                   SELECT name FROM unnest(
                       '{album,artwork_url,bpm,camelot_key,duration_ms,isrc,label,release_date}'::text[]
                   ) AS name
                   WHERE name <> ALL (t.pinned_fields)
                     AND (t.provenance -> name ->> 0 = 'file'
                          OR NOT t.provenance ? name AND present ->> name IS NULL)
               ) AS ours
        FROM tracks AS t
        CROSS JOIN LATERAL (SELECT to_jsonb(t) AS present OFFSET 0) AS whole
        LEFT JOIN known USING (track_id)
        WHERE t.track_id = ANY (held)
          AND (known.track_id IS NOT NULL OR t.file_facts <> '{}'
               -- of a field that was pinned while its last row went
               OR jsonb_path_exists(t.provenance, '$.*[0] ? (@ == "file")'))
    ), dated AS (
        SELECT *, facts -> 'release_date' ->> 0 AS day FROM chosen
    )
    UPDATE tracks AS t SET
        album = CASE WHEN 'album' = ANY (ours)
            THEN facts -> 'album' ->> 0 ELSE t.album END,
        artwork_url = CASE WHEN 'artwork_url' = ANY (ours)
            THEN facts -> 'artwork_url' ->> 0 ELSE t.artwork_url END,
        bpm = CASE WHEN 'bpm' = ANY (ours)
            THEN (facts -> 'bpm' ->> 0)::numeric ELSE t.bpm END,
        camelot_key = CASE WHEN 'camelot_key' = ANY (ours)
            THEN facts -> 'camelot_key' ->> 0 ELSE t.camelot_key END,
        duration_ms = CASE WHEN 'duration_ms' = ANY (ours)
            THEN (facts -> 'duration_ms' ->> 0)::integer ELSE t.duration_ms END,
        isrc = CASE WHEN 'isrc' = ANY (ours)
            THEN facts -> 'isrc' ->> 0 ELSE t.isrc END,
        label = CASE WHEN 'label' = ANY (ours)
            THEN facts -> 'label' ->> 0 ELSE t.label END,
        release_date = CASE WHEN 'release_date' = ANY (ours)
            THEN rpad(day, 10, CASE length(day) WHEN 4 THEN '-01-01' ELSE '-01' END)::date
            ELSE t.release_date END,
        release_date_precision = CASE WHEN 'release_date' = ANY (ours)
            THEN CASE length(day) WHEN 4 THEN 'year' WHEN 7 THEN 'month'
                 WHEN 10 THEN 'day' END
            ELSE t.release_date_precision END,
        provenance = (t.provenance - ours) || (
            SELECT coalesce(jsonb_object_agg(key, value), '{}')
            FROM jsonb_each(said) WHERE key = ANY (ours)),
        file_facts = facts,
        updated_at = now()
    FROM dated WHERE t.track_id = dated.track_id;
    -- nobody was asked: what providers said is no fresher than it was
    UPDATE tracks AS t SET enrichment_timestamp = was.age
    FROM unnest(held, ages) AS was (track_id, age)
    WHERE t.track_id = was.track_id AND t.enrichment_timestamp IS DISTINCT FROM was.age;
END;
$$;
-- Whoever may run it holds tracks: roles.sql says who.
REVOKE ALL ON FUNCTION fill_from_files(uuid[]) FROM PUBLIC;
COMMIT;

-- Not in the transaction that adds the column: whoever reads tracks would wait for it.
BEGIN;
SELECT fill_from_files(array_agg(DISTINCT track_id)) FROM file_facts;

INSERT INTO schema_migrations (version, name) VALUES (18, 'file_values')
ON CONFLICT (version) DO NOTHING;
COMMIT;
