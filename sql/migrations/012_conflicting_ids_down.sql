BEGIN;
DROP VIEW IF EXISTS conflicting_ids;
DELETE FROM schema_migrations WHERE version = 12;
COMMIT;
