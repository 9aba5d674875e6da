BEGIN;
ALTER TABLE provider_records DROP COLUMN IF EXISTS due_detail;
DELETE FROM schema_migrations WHERE version = 15;
COMMIT;
