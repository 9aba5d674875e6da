-- Where a track stands. pending: not yet published (the outbox); in_progress: published;
-- completed: every provider answered; partial: a part waits (see 006); failed: parked.
BEGIN;

ALTER TABLE tracks
    ADD COLUMN IF NOT EXISTS status text NOT NULL DEFAULT 'pending',
    ADD COLUMN IF NOT EXISTS outcome text,
    ADD COLUMN IF NOT EXISTS status_reason text,
    ADD COLUMN IF NOT EXISTS lane text NOT NULL DEFAULT 'main',
    ADD COLUMN IF NOT EXISTS priority smallint NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS source text NOT NULL DEFAULT 'scraper',
    ADD COLUMN IF NOT EXISTS attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS first_queued_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS published_at timestamptz,
    ADD COLUMN IF NOT EXISTS completed_at timestamptz;

-- Not valid yet: rows that are there are read below, without keeping writers out.
ALTER TABLE tracks
    DROP CONSTRAINT IF EXISTS tracks_status_known,
    ADD CONSTRAINT tracks_status_known CHECK
        (status IN ('pending', 'in_progress', 'completed', 'partial', 'failed'))
        NOT VALID,
    DROP CONSTRAINT IF EXISTS tracks_outcome_known,
    ADD CONSTRAINT tracks_outcome_known CHECK
        (outcome IN ('matched', 'no_match', 'ambiguous')) NOT VALID,
    DROP CONSTRAINT IF EXISTS tracks_lane_known,
    ADD CONSTRAINT tracks_lane_known CHECK (lane IN ('main', 'backlog', 'reenrichment'))
        NOT VALID,
    DROP CONSTRAINT IF EXISTS tracks_priority_range,
    ADD CONSTRAINT tracks_priority_range CHECK (priority BETWEEN 0 AND 10) NOT VALID;
COMMIT;

BEGIN;
ALTER TABLE tracks
    VALIDATE CONSTRAINT tracks_status_known,
    VALIDATE CONSTRAINT tracks_outcome_known,
    VALIDATE CONSTRAINT tracks_lane_known,
    VALIDATE CONSTRAINT tracks_priority_range;
COMMIT;

-- Each in a transaction of its own: writers wait for one build at most.
BEGIN;
-- the outbox: what a sweep has to publish
CREATE INDEX IF NOT EXISTS tracks_unpublished_idx
    ON tracks (first_queued_at) WHERE status = 'pending';
COMMIT;
BEGIN;
-- published long ago and never finished: what a sweep has to look after
CREATE INDEX IF NOT EXISTS tracks_in_progress_idx
    ON tracks (published_at) WHERE status = 'in_progress';

INSERT INTO schema_migrations (version, name) VALUES (3, 'enrichment_status')
ON CONFLICT (version) DO NOTHING;
COMMIT;
