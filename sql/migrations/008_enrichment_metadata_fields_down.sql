BEGIN;
DROP VIEW IF EXISTS enrichment_coverage_stats;
DROP TRIGGER IF EXISTS auto_update_enrichment_timestamp ON tracks;
DROP FUNCTION IF EXISTS update_enrichment_timestamp();
ALTER TABLE tracks
    DROP COLUMN IF EXISTS tempo_confidence,
    DROP COLUMN IF EXISTS camelot_key,
    DROP COLUMN IF EXISTS source_data_version,
    DROP COLUMN IF EXISTS enrichment_source_api,
    DROP COLUMN IF EXISTS enrichment_timestamp;
DELETE FROM schema_migrations WHERE version = 8;
COMMIT;
