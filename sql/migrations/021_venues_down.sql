BEGIN;
ALTER TABLE tracklists DROP COLUMN IF EXISTS venue;
DELETE FROM schema_migrations WHERE version = 21;
COMMIT;
