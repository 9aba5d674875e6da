BEGIN;
DROP TABLE IF EXISTS tracklist_rows;
DROP TABLE IF EXISTS tracklists;
DELETE FROM schema_migrations WHERE version = 2;
COMMIT;
