-- Tracks whose values come mainly from one provider, last written before a date: the
-- columns and the index idx_tracks_stale_enrichment of migration 008.
-- psql -v source=spotify -v before=2026-01-01 [-v mark=1] -f main_source_before.sql
BEGIN;

CREATE TEMPORARY TABLE chosen_parts ON COMMIT DROP AS
SELECT r.track_id, r.provider
FROM tracks AS t JOIN provider_records AS r USING (track_id)
WHERE t.enrichment_source_api = :'source'
  AND t.enrichment_timestamp < :'before'::timestamptz
  AND r.provider = t.enrichment_source_api;

SELECT * FROM reenrichment_price('chosen_parts');
\if :{?mark}
SELECT * FROM mark_for_reenrichment('chosen_parts');
\endif
COMMIT;
