-- Whatever waits longer than a call waits here, with its reason and its due time; the
-- scheduler publishes it again when due.
BEGIN;

ALTER TABLE provider_records
    ADD COLUMN IF NOT EXISTS attempts integer NOT NULL DEFAULT 0,
    -- null: this part is done
    ADD COLUMN IF NOT EXISTS due_at timestamptz,
    ADD COLUMN IF NOT EXISTS due_reason text;

CREATE INDEX IF NOT EXISTS provider_records_due_idx
    ON provider_records (due_at) WHERE due_at IS NOT NULL;

CREATE OR REPLACE VIEW waiting_parts AS
SELECT r.track_id, t.artist, t.title, r.provider, r.due_reason AS reason, r.due_at,
       r.attempts, t.status, t.lane
FROM provider_records AS r
JOIN tracks AS t USING (track_id)
WHERE r.due_at IS NOT NULL;

INSERT INTO schema_migrations (version, name) VALUES (6, 'waiting')
ON CONFLICT (version) DO NOTHING;
COMMIT;
