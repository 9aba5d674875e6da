BEGIN;
DROP TABLE IF EXISTS unread_files;
DELETE FROM schema_migrations WHERE version = 22;
COMMIT;
