-- Indexes of re-enrichment, built beside working workers. No transaction: CONCURRENTLY
-- refuses one. Dropped first, since a build that was cut off leaves an invalid index.

-- What is stale, oldest first, rule by rule
DROP INDEX CONCURRENTLY IF EXISTS provider_records_stale_idx;
CREATE INDEX CONCURRENTLY provider_records_stale_idx
    ON provider_records (provider, outcome, unreleased, absences, fetched_at)
    WHERE due_at IS NULL;

-- What was marked, mentioned or put off, and is not under way
DROP INDEX CONCURRENTLY IF EXISTS provider_records_refresh_idx;
CREATE INDEX CONCURRENTLY provider_records_refresh_idx
    ON provider_records (due_at)
    WHERE due_at IS NOT NULL AND published_at IS NULL
      AND outcome IN ('found', 'absent', 'ambiguous');

-- What is under way
DROP INDEX CONCURRENTLY IF EXISTS provider_records_published_idx;
CREATE INDEX CONCURRENTLY provider_records_published_idx
    ON provider_records (published_at) WHERE published_at IS NOT NULL;

-- All tracks of an older rule
DROP INDEX CONCURRENTLY IF EXISTS tracks_source_data_version_idx;
CREATE INDEX CONCURRENTLY tracks_source_data_version_idx
    ON tracks (source_data_version) WHERE source_data_version IS NOT NULL;

-- Tracklists since the last look for mentions
DROP INDEX CONCURRENTLY IF EXISTS tracklists_retrieved_idx;
CREATE INDEX CONCURRENTLY tracklists_retrieved_idx ON tracklists (retrieved_at);

-- The oldest answers of a provider, when too many are kept
DROP INDEX CONCURRENTLY IF EXISTS provider_answers_age_idx;
CREATE INDEX CONCURRENTLY provider_answers_age_idx
    ON provider_answers (provider, fetched_at);

INSERT INTO schema_migrations (version, name) VALUES (10, 'reenrichment_indexes')
ON CONFLICT (version) DO NOTHING;
