BEGIN;
DROP TABLE IF EXISTS provider_revocations;
ALTER TABLE provider_records DROP COLUMN IF EXISTS artists;
DELETE FROM schema_migrations WHERE version = 13;
COMMIT;
