-- Takes 016 back. Texts that tracklists were read from are deleted.
BEGIN;

DROP TABLE IF EXISTS removed_tracks;
DROP VIEW IF EXISTS played_rows;
DROP FUNCTION IF EXISTS note_same_sets(bigint);
DROP TABLE IF EXISTS same_sets;
DROP TRIGGER IF EXISTS tracklists_forget_text ON tracklists;
DROP FUNCTION IF EXISTS forget_tracklist_text();
ALTER TABLE tracklists DROP COLUMN IF EXISTS text_digest, DROP COLUMN IF EXISTS part;
DROP TABLE IF EXISTS tracklist_texts;

DELETE FROM schema_migrations WHERE version = 16;
COMMIT;
