BEGIN;
-- the function is as 016 makes it
ALTER TABLE tracklists DROP COLUMN IF EXISTS venue;
DELETE FROM schema_migrations WHERE version = 20;
COMMIT;
