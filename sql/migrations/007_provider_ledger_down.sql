BEGIN;
DROP TABLE IF EXISTS provider_benches;
DROP TABLE IF EXISTS provider_calls;
DELETE FROM schema_migrations WHERE version = 7;
COMMIT;
