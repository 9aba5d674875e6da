-- Tracks written by another version of our rules than the one named, all parts. Asks the
-- providers; to decide anew on kept answers without a call, see docs/reenrichment.md.
-- psql -v version=identity-1.match-1.merge-1 [-v mark=1] -f data_version.sql
BEGIN;

CREATE TEMPORARY TABLE chosen_parts ON COMMIT DROP AS
SELECT r.track_id, r.provider
FROM tracks AS t JOIN provider_records AS r USING (track_id)
WHERE t.source_data_version < :'version' OR t.source_data_version > :'version';

SELECT * FROM reenrichment_price('chosen_parts');
\if :{?mark}
SELECT * FROM mark_for_reenrichment('chosen_parts');
\endif
COMMIT;
