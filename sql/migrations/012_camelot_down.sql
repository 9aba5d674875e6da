BEGIN;
DROP TRIGGER IF EXISTS auto_camelot_key_update ON tracks;
DROP TRIGGER IF EXISTS auto_camelot_key_insert ON tracks;
DROP FUNCTION IF EXISTS update_camelot_key();
DROP FUNCTION IF EXISTS camelot_of(text);
DELETE FROM schema_migrations WHERE version = 12;
COMMIT;
