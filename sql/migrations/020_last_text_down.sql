BEGIN;
CREATE OR REPLACE FUNCTION forget_tracklist_text() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tracklist_texts WHERE digest = OLD.text_digest
        AND NOT EXISTS (SELECT FROM tracklists WHERE text_digest = OLD.text_digest);
    RETURN NULL;
END;
$$;
DELETE FROM schema_migrations WHERE version = 20;
COMMIT;
