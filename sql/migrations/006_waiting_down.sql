BEGIN;
DROP VIEW IF EXISTS waiting_parts;
DROP INDEX IF EXISTS provider_records_due_idx;
ALTER TABLE provider_records
    DROP COLUMN IF EXISTS due_reason,
    DROP COLUMN IF EXISTS due_at,
    DROP COLUMN IF EXISTS attempts;
DELETE FROM schema_migrations WHERE version = 6;
COMMIT;
