-- What a file knows of its tracks stands on its rows; files that differ are shown.
BEGIN;

ALTER TABLE tracklist_rows
    ADD COLUMN IF NOT EXISTS isrc text,
    ADD COLUMN IF NOT EXISTS duration_ms integer,
    ADD COLUMN IF NOT EXISTS bpm real,
    ADD COLUMN IF NOT EXISTS camelot_key text,
    ADD COLUMN IF NOT EXISTS album text,
    ADD COLUMN IF NOT EXISTS released text,
    ADD COLUMN IF NOT EXISTS artwork_url text,
    -- where the user's own audio lies: never published, never shown by the API
    ADD COLUMN IF NOT EXISTS location text;

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

-- Files that disagree; lengths up to two seconds apart are one length.
CREATE OR REPLACE VIEW file_disagreements AS
SELECT track_id, field, array_agg(value ORDER BY rows DESC, value) AS told,
       array_agg(rows ORDER BY rows DESC, value) AS rows
FROM file_facts
GROUP BY track_id, field
HAVING count(*) > 1
   AND (field <> 'duration_ms'
        OR max(CASE field WHEN 'duration_ms' THEN value::integer END)
           - min(CASE field WHEN 'duration_ms' THEN value::integer END) > 2000);

INSERT INTO schema_migrations (version, name) VALUES (17, 'row_facts')
ON CONFLICT (version) DO NOTHING;
COMMIT;
