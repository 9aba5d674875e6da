BEGIN;
-- index, function and rights are as 019 makes them
DELETE FROM schema_migrations WHERE version = 21;
COMMIT;
