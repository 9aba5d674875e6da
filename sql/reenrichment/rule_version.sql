-- Values that a version of the merge rule wrote: the provider of each is asked again.
-- To merge kept answers anew without a call, see docs/reenrichment.md.
-- psql -v rule=1 [-v mark=1] -f rule_version.sql
BEGIN;

CREATE TEMPORARY TABLE chosen_parts ON COMMIT DROP AS
SELECT DISTINCT track_id, provider FROM field_provenance
WHERE rule_version = :'rule'::integer AND NOT pinned;

SELECT * FROM reenrichment_price('chosen_parts');
\if :{?mark}
SELECT * FROM mark_for_reenrichment('chosen_parts');
\endif
COMMIT;
