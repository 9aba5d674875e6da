-- All tracks of one tracklist, all parts.
-- psql -v source=mixesdb -v key=12345 [-v mark=1] -f tracklist.sql
BEGIN;

CREATE TEMPORARY TABLE chosen_parts ON COMMIT DROP AS
SELECT DISTINCT r.track_id, r.provider
FROM tracklists AS l
JOIN tracklist_rows AS listed USING (tracklist_id)
JOIN provider_records AS r USING (track_id)
WHERE l.source = :'source' AND l.source_key = :'key';

SELECT * FROM reenrichment_price('chosen_parts');
\if :{?mark}
SELECT * FROM mark_for_reenrichment('chosen_parts');
\endif
COMMIT;
