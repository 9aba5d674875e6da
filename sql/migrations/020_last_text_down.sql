BEGIN;
-- the function is as 016 makes it
DELETE FROM schema_migrations WHERE version = 20;
COMMIT;
