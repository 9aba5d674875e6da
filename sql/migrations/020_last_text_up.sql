-- A text goes with its last tracklist, also where two crawls take its last two at once.
BEGIN;

-- Where a set was played, as its title says: "Vela Nord @ Pier, Port 2031-05-01".
ALTER TABLE tracklists ADD COLUMN IF NOT EXISTS venue text GENERATED ALWAYS AS (
    nullif(btrim(regexp_replace(split_part(title, ' @ ', 2),
                                '[,[:space:]]+[0-9]{4}-[0-9]{2}-[0-9]{2}$', '')), '')
) STORED;

-- As in 016, which did not lock for a while.
CREATE OR REPLACE FUNCTION forget_tracklist_text() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- whoever takes or names this text waits, and then sees what the other did; the
    -- second number is any fixed one of ours
    PERFORM pg_advisory_xact_lock(hashtextextended(OLD.text_digest, 7265414008));
    DELETE FROM tracklist_texts WHERE digest = OLD.text_digest
        AND NOT EXISTS (SELECT FROM tracklists WHERE text_digest = OLD.text_digest);
    RETURN NULL;
END;
$$;
-- those that stayed behind before
DELETE FROM tracklist_texts AS t
WHERE NOT EXISTS (SELECT FROM tracklists AS l WHERE l.text_digest = t.digest);

INSERT INTO schema_migrations (version, name) VALUES (20, 'last_text')
ON CONFLICT (version) DO NOTHING;
COMMIT;
