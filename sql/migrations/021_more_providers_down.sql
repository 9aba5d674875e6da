BEGIN;
-- deezer_id is 019's
ALTER TABLE tracks
    DROP COLUMN IF EXISTS catalogue_number, DROP COLUMN IF EXISTS barcode,
    DROP COLUMN IF EXISTS loudness;
COMMIT;
BEGIN;
ALTER TABLE provider_records DROP COLUMN IF EXISTS bpm;
DELETE FROM schema_migrations WHERE version = 21;
COMMIT;
