-- Known tracks that one provider was never asked about: a provider that is new, or whose
-- contributions were taken back. They become partial: a part waits.
-- psql -v provider=spotify [-v at_most=1000] [-v mark=1] -f never_asked.sql
BEGIN;
\if :{?at_most}
\else
\set at_most 1000000
\endif
CREATE TEMPORARY TABLE chosen_tracks ON COMMIT DROP AS
SELECT t.track_id FROM tracks AS t
WHERE t.status = 'completed' AND NOT EXISTS (
    SELECT FROM provider_records AS r
    WHERE r.track_id = t.track_id AND r.provider = :'provider'
)
LIMIT :'at_most'::bigint;

SELECT :'provider' AS provider, count(*) AS tracks,
       ceil(count(*)::numeric / coalesce((
           SELECT questions_per_call FROM provider_batches
           WHERE provider = :'provider' AND operation IN ('search', 'track')
       ), 1))::bigint AS calls
FROM chosen_tracks;
\if :{?mark}
WITH locked AS (
    SELECT track_id FROM tracks JOIN chosen_tracks USING (track_id)
    WHERE status = 'completed'
    ORDER BY track_id FOR UPDATE OF tracks SKIP LOCKED
), asked AS (
    INSERT INTO provider_records (track_id, provider, outcome, question, fetched_at,
                                  due_at, due_reason)
    SELECT track_id, :'provider', 'failed', 'search:', now(), now(), 'never_asked'
    FROM locked
    ON CONFLICT DO NOTHING
    RETURNING track_id
)
UPDATE tracks SET status = 'partial', lane = 'reenrichment', priority = 0
WHERE track_id IN (SELECT track_id FROM asked);
\endif
COMMIT;
