BEGIN;
DROP TABLE IF EXISTS provider_answers;
DROP TABLE IF EXISTS provider_records;
DELETE FROM schema_migrations WHERE version = 5;
COMMIT;
