-- Where a set was played, as its title says: "Vela Nord @ Pier, Port 2031-05-01".
BEGIN;

ALTER TABLE tracklists ADD COLUMN IF NOT EXISTS venue text GENERATED ALWAYS AS (
    nullif(btrim(regexp_replace(split_part(title, ' @ ', 2),
                                '[,[:space:]]+[0-9]{4}-[0-9]{2}-[0-9]{2}$', '')), '')
) STORED;

INSERT INTO schema_migrations (version, name) VALUES (21, 'venues')
ON CONFLICT (version) DO NOTHING;
COMMIT;
