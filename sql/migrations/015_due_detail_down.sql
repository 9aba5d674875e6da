BEGIN;
DROP VIEW IF EXISTS waiting_parts;
CREATE VIEW waiting_parts AS
SELECT r.track_id, t.artist, t.title, r.provider, r.due_reason AS reason, r.due_at,
       r.attempts, t.status, t.lane
FROM provider_records AS r
JOIN tracks AS t USING (track_id)
WHERE r.due_at IS NOT NULL;
ALTER TABLE provider_records DROP COLUMN IF EXISTS due_detail;
DELETE FROM schema_migrations WHERE version = 15;
COMMIT;
