-- All that one provider said before a date.
-- psql -v provider=spotify -v before=2026-01-01 -f provider_before.sql      its price
-- psql -v provider=spotify -v before=2026-01-01 -v mark=1 -f …             and do it
BEGIN;

CREATE TEMPORARY TABLE chosen_parts ON COMMIT DROP AS
SELECT track_id, provider FROM provider_records
WHERE provider = :'provider' AND fetched_at < :'before'::timestamptz;

SELECT * FROM reenrichment_price('chosen_parts');
\if :{?mark}
SELECT * FROM mark_for_reenrichment('chosen_parts');
\endif
COMMIT;
