DROP INDEX CONCURRENTLY IF EXISTS provider_answers_age_idx;
DROP INDEX CONCURRENTLY IF EXISTS tracklists_retrieved_idx;
DROP INDEX CONCURRENTLY IF EXISTS tracks_source_data_version_idx;
DROP INDEX CONCURRENTLY IF EXISTS provider_records_published_idx;
DROP INDEX CONCURRENTLY IF EXISTS provider_records_refresh_idx;
DROP INDEX CONCURRENTLY IF EXISTS provider_records_stale_idx;
DELETE FROM schema_migrations WHERE version = 10;
