BEGIN;
DROP VIEW IF EXISTS file_disagreements;
DROP VIEW IF EXISTS agreed_file_facts;
DROP VIEW IF EXISTS file_facts;
ALTER TABLE tracklist_rows
    DROP COLUMN IF EXISTS isrc, DROP COLUMN IF EXISTS duration_ms,
    DROP COLUMN IF EXISTS bpm, DROP COLUMN IF EXISTS camelot_key,
    DROP COLUMN IF EXISTS album, DROP COLUMN IF EXISTS released,
    DROP COLUMN IF EXISTS artwork_url, DROP COLUMN IF EXISTS location;
DELETE FROM schema_migrations WHERE version = 17;
COMMIT;
