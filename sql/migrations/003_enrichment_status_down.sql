BEGIN;
DROP INDEX IF EXISTS tracks_in_progress_idx;
DROP INDEX IF EXISTS tracks_unpublished_idx;
ALTER TABLE tracks
    DROP COLUMN IF EXISTS completed_at,
    DROP COLUMN IF EXISTS published_at,
    DROP COLUMN IF EXISTS first_queued_at,
    DROP COLUMN IF EXISTS attempts,
    DROP COLUMN IF EXISTS source,
    DROP COLUMN IF EXISTS priority,
    DROP COLUMN IF EXISTS lane,
    DROP COLUMN IF EXISTS status_reason,
    DROP COLUMN IF EXISTS outcome,
    DROP COLUMN IF EXISTS status;
DELETE FROM schema_migrations WHERE version = 3;
COMMIT;
