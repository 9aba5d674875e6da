-- The Camelot key follows the musical key, whoever writes it: "A minor", "Am", "F#m",
-- "Bb major", "Gb"; flats as their sharps.
BEGIN;

CREATE OR REPLACE FUNCTION camelot_of(musical_key text) RETURNS varchar(3)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN upper(btrim(musical_key)) ~ '^(1[0-2]|[1-9])[AB]$'
            THEN upper(btrim(musical_key))
        WHEN said.note IS NOT NULL THEN (
            SELECT wheel.hour || CASE WHEN said.minor THEN 'A' ELSE 'B' END
            FROM (VALUES
                ('A', 8, 11), ('A#', 3, 6), ('BB', 3, 6), ('B', 10, 1), ('CB', 10, 1),
                ('C', 5, 8), ('B#', 5, 8), ('C#', 12, 3), ('DB', 12, 3), ('D', 7, 10),
                ('D#', 2, 5), ('EB', 2, 5), ('E', 9, 12), ('FB', 9, 12), ('F', 4, 7),
                ('E#', 4, 7), ('F#', 11, 2), ('GB', 11, 2), ('G', 6, 9), ('G#', 1, 4),
                ('AB', 1, 4)
            ) AS circle (note, minor_hour, major_hour)
            CROSS JOIN LATERAL (
                SELECT CASE WHEN said.minor THEN minor_hour ELSE major_hour END AS hour
            ) AS wheel
            WHERE circle.note = said.note
        )
    END
    FROM (
        SELECT upper(translate(parts[1], '♯♭', '#b')) AS note,
               coalesce(parts[2], '') ~ '^(m|min|minor|Min|Minor|MINOR|MIN)$' AS minor
        FROM (SELECT regexp_match(
            btrim(musical_key),
            '^([A-Ga-g][#b♯♭]?)\s*-?(m|min|minor|Min|Minor|MINOR|MIN|M|maj|major|Maj|Major|MAJOR|MAJ)?$'
        ) AS parts) AS matched
    ) AS said
$$;

CREATE OR REPLACE FUNCTION update_camelot_key() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.camelot_key := camelot_of(NEW.musical_key);
    RETURN NEW;
END;
$$;

-- WHEN keeps rows without a key, nearly all, from paying for it
DROP TRIGGER IF EXISTS auto_camelot_key_insert ON tracks;
CREATE TRIGGER auto_camelot_key_insert BEFORE INSERT ON tracks
    FOR EACH ROW WHEN (NEW.musical_key IS NOT NULL)
    EXECUTE FUNCTION update_camelot_key();
DROP TRIGGER IF EXISTS auto_camelot_key_update ON tracks;
CREATE TRIGGER auto_camelot_key_update BEFORE UPDATE OF musical_key ON tracks
    FOR EACH ROW WHEN (NEW.musical_key IS DISTINCT FROM OLD.musical_key)
    EXECUTE FUNCTION update_camelot_key();

INSERT INTO schema_migrations (version, name) VALUES (12, 'camelot')
ON CONFLICT (version) DO NOTHING;
COMMIT;
