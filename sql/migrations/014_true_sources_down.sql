-- The views stay: their files, run again, make them the same.
BEGIN;
DROP INDEX IF EXISTS idx_tracklists_content;
DELETE FROM schema_migrations WHERE version = 14;
COMMIT;
