-- What a tracklist was read from, so that it can be read anew; the same set from two
-- sources; tracks that were taken back.
BEGIN;

-- The page or file as it came, once for all tracklists in it, packed by zlib.
CREATE TABLE IF NOT EXISTS tracklist_texts (
    -- SHA-256 of the bytes as they came
    digest  text PRIMARY KEY,
    packed  bytea NOT NULL,
    bytes   bigint NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
-- it is packed already
ALTER TABLE tracklist_texts ALTER COLUMN packed SET STORAGE EXTERNAL;

ALTER TABLE tracklists
    -- null: not kept, since it was too large or came before this migration
    ADD COLUMN IF NOT EXISTS text_digest text,
    -- which of the tracklists in the text: its own key, or its number
    ADD COLUMN IF NOT EXISTS part text;
CREATE INDEX IF NOT EXISTS idx_tracklists_text
    ON tracklists (text_digest) WHERE text_digest IS NOT NULL;

-- A text goes with the last tracklist that was read from it.
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
DROP TRIGGER IF EXISTS tracklists_forget_text ON tracklists;
CREATE TRIGGER tracklists_forget_text
    AFTER DELETE OR UPDATE OF text_digest ON tracklists
    FOR EACH ROW WHEN (OLD.text_digest IS NOT NULL)
    EXECUTE FUNCTION forget_tracklist_text();

-- Two tracklists of one set. Neither is changed: it is shown, and what both list counts
-- once.
CREATE TABLE IF NOT EXISTS same_sets (
    later_id   bigint NOT NULL REFERENCES tracklists ON DELETE CASCADE,
    earlier_id bigint NOT NULL REFERENCES tracklists ON DELETE CASCADE,
    -- tracks in both, and their share of the shorter one
    common     integer NOT NULL,
    share      real NOT NULL,
    PRIMARY KEY (later_id, earlier_id),
    CHECK (later_id > earlier_id)
);
CREATE INDEX IF NOT EXISTS idx_same_sets_earlier ON same_sets (earlier_id);

-- Find the sets that a tracklist is the same as, anew; called after it is committed.
-- Five tracks in common, and no day or artist that contradicts. Where both agree, half
-- of the shorter list; where one does, 0.7 of it; where neither is told, 0.9 of the
-- longer list. Of a track that very many lists have, 200 are looked at.
CREATE OR REPLACE FUNCTION note_same_sets(list bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    noted bigint;
BEGIN
    -- two tracklists at once would not see each other
    PERFORM pg_advisory_xact_lock(7265414006);
    DELETE FROM same_sets WHERE later_id = list OR earlier_id = list;
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT track_id FROM tracklist_rows
        WHERE tracklist_id = list AND track_id IS NOT NULL
    ), met AS MATERIALIZED (
        SELECT near.tracklist_id
        FROM mine CROSS JOIN LATERAL (
            SELECT tracklist_id FROM tracklist_rows
            WHERE track_id = mine.track_id AND tracklist_id <> list LIMIT 200
        ) AS near
        GROUP BY near.tracklist_id HAVING count(*) >= 5
    ), told AS (
        SELECT tracklist_id,
               CASE WHEN length(recorded_on) >= 10 THEN left(recorded_on, 10) END AS day,
               left(recorded_on, 4) AS year,
               nullif(lower(regexp_replace(artist, '[[:space:][:punct:]]', '', 'g')), '')
                   AS dj
        FROM (SELECT list AS tracklist_id UNION ALL SELECT tracklist_id FROM met) AS m
        JOIN tracklists USING (tracklist_id)
    ), compared AS (
        SELECT o.tracklist_id,
               coalesce(o.day = me.day, false) AS day_agrees,
               coalesce(o.dj = me.dj
                   OR length(me.dj) > 2 AND strpos(o.dj, me.dj) > 0
                   OR length(o.dj) > 2 AND strpos(me.dj, o.dj) > 0, false)
                   AS dj_agrees,
               coalesce(o.day <> me.day, o.year <> me.year, false) AS day_differs,
               o.dj IS NOT NULL AND me.dj IS NOT NULL AS djs_told,
               counted.common,
               counted.common::real / nullif(least(counted.tracks, m.tracks), 0)
                   AS of_shorter,
               counted.common::real / nullif(greatest(counted.tracks, m.tracks), 0)
                   AS of_longer
        FROM told AS o
        JOIN told AS me ON me.tracklist_id = list AND o.tracklist_id <> list
        CROSS JOIN (SELECT count(*) AS tracks FROM mine) AS m
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT r.track_id) AS tracks,
                   count(DISTINCT r.track_id) FILTER (WHERE mine.track_id IS NOT NULL)
                       AS common
            FROM tracklist_rows AS r LEFT JOIN mine USING (track_id)
            WHERE r.tracklist_id = o.tracklist_id AND r.track_id IS NOT NULL
        ) AS counted
    )
    INSERT INTO same_sets (later_id, earlier_id, common, share)
    SELECT greatest(list, tracklist_id), least(list, tracklist_id), common, of_shorter
    FROM compared
    WHERE common >= 5 AND NOT day_differs AND (dj_agrees OR NOT djs_told)
      AND CASE day_agrees::int + dj_agrees::int
              WHEN 2 THEN of_shorter >= 0.5
              WHEN 1 THEN of_shorter >= 0.7
              ELSE of_longer >= 0.9
          END;
    GET DIAGNOSTICS noted = ROW_COUNT;
    RETURN noted;
END;
$$;

-- Rows of known tracks, those of the same set once: how often a track was played.
CREATE OR REPLACE VIEW played_rows AS
SELECT r.tracklist_id, r.position, r.track_id
FROM tracklist_rows AS r
WHERE r.track_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM same_sets AS s
    JOIN tracklist_rows AS o
      ON o.tracklist_id = s.earlier_id AND o.track_id = r.track_id
    WHERE s.later_id = r.tracklist_id
);

-- Tracks that `enrichment tracklists` removed: no message from before brings one back.
CREATE TABLE IF NOT EXISTS removed_tracks (
    track_id   uuid PRIMARY KEY,
    removed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO schema_migrations (version, name) VALUES (16, 'kept_texts')
ON CONFLICT (version) DO NOTHING;
COMMIT;
