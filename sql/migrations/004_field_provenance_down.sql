BEGIN;
DROP VIEW IF EXISTS field_provenance;
ALTER TABLE tracks
    DROP COLUMN IF EXISTS pinned_fields,
    DROP COLUMN IF EXISTS provenance;
DELETE FROM schema_migrations WHERE version = 4;
COMMIT;
