BEGIN;
DROP TRIGGER IF EXISTS provider_records_absent_again ON provider_records;
DROP TRIGGER IF EXISTS provider_records_absent_anew ON provider_records;
DROP FUNCTION IF EXISTS count_absences();
DROP FUNCTION IF EXISTS is_unreleased(uuid);
DROP TABLE IF EXISTS mentions_seen;
DROP TABLE IF EXISTS provider_fields;
DROP TABLE IF EXISTS provider_batches;
DROP TABLE IF EXISTS staleness_rules;
ALTER TABLE provider_records
    DROP COLUMN IF EXISTS published_at,
    DROP COLUMN IF EXISTS unreleased,
    DROP COLUMN IF EXISTS absences;
DELETE FROM schema_migrations WHERE version = 9;
COMMIT;
