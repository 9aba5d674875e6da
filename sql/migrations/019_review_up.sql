-- What people are asked to decide, and what they have decided (docs/review.md).
BEGIN;

-- Ids of services that no provider of ours gives: a person's. First of all statements: a
-- table below refers to tracks, and a lock that is raised later may deadlock with a write.
ALTER TABLE tracks
    ADD COLUMN IF NOT EXISTS deezer_id text,
    ADD COLUMN IF NOT EXISTS discogs_id text;

-- One question over all tracks that it concerns. Kept by triggers below, whoever writes.
CREATE TABLE IF NOT EXISTS review_questions (
    question_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CONSTRAINT review_questions_kind_known CHECK (kind IN
                ('ambiguous', 'no_match', 'conflicting_ids', 'fields_in_conflict',
                 'decisions_differ')),
    -- the provider, or the field; '': all providers
    subject     text NOT NULL,
    -- the track's key, or the id that several tracks have
    key         text NOT NULL,
    -- artist and title in lower case, for a search
    name        text NOT NULL,
    -- rows of tracklists that name its tracks
    plays       bigint NOT NULL DEFAULT 0,
    opened_at   timestamptz NOT NULL DEFAULT now()
);
-- keys of any length fit an index as their MD5
CREATE UNIQUE INDEX IF NOT EXISTS review_questions_once_idx
    ON review_questions (kind, subject, md5(key));
CREATE INDEX IF NOT EXISTS review_questions_played_idx
    ON review_questions (plays DESC, question_id DESC);
CREATE INDEX IF NOT EXISTS review_questions_kind_idx
    ON review_questions (kind, plays DESC, question_id DESC);
CREATE INDEX IF NOT EXISTS review_questions_subject_idx
    ON review_questions (kind, subject, plays DESC, question_id DESC);

CREATE TABLE IF NOT EXISTS review_question_tracks (
    track_id    uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
    question_id bigint NOT NULL REFERENCES review_questions ON DELETE CASCADE,
    PRIMARY KEY (track_id, question_id)
);
CREATE INDEX IF NOT EXISTS review_question_tracks_question_idx
    ON review_question_tracks (question_id);

-- How many questions are open, as changes: whoever opens one waits for nobody. A reader
-- adds them up; fold_review_changes() makes one row of many.
CREATE TABLE IF NOT EXISTS review_counts (
    kind    text NOT NULL,
    subject text NOT NULL,
    open    bigint NOT NULL
);
-- Mentions that came or went since a question's plays were counted.
CREATE TABLE IF NOT EXISTS review_plays (
    question_id bigint NOT NULL,
    plays       bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS review_plays_question_idx ON review_plays (question_id);

-- What a person decided: a field of a track and its value. A row is never deleted; one
-- that is neither undone nor replaced is in force, and its field is pinned.
CREATE TABLE IF NOT EXISTS review_decisions (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- one act of a person may decide several tracks or fields
    act_id      uuid NOT NULL,
    -- no reference: what was decided stays told when the track is deleted
    track_id    uuid NOT NULL,
    -- the column of tracks: a provider's id, or any other that a person may set
    field       text NOT NULL,
    -- null: none of these
    choice      text,
    kind        text NOT NULL,
    -- the question that it answered; it is closed, and its row gone
    question_id bigint,
    decided_by  text NOT NULL CHECK (decided_by <> ''),
    decided_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason      text,
    -- what the person saw: [{"provider", "id", "score", "verdict", …}, …]
    candidates  jsonb NOT NULL DEFAULT '[]',
    -- what undoing restores: value, pin, record, values and their provenance
    before      jsonb NOT NULL DEFAULT '{}',
    undone_at   timestamptz,
    undone_by   text,
    -- the later decision that stands instead
    replaced_by bigint
);
CREATE INDEX IF NOT EXISTS review_decisions_in_force_idx
    ON review_decisions (track_id, field)
    WHERE undone_at IS NULL AND replaced_by IS NULL;
CREATE INDEX IF NOT EXISTS review_decisions_act_idx ON review_decisions (act_id);
CREATE INDEX IF NOT EXISTS review_decisions_question_idx
    ON review_decisions (question_id) WHERE question_id IS NOT NULL;

-- Whether another provider's match contradicts a record (matching/conflicts.py).
CREATE OR REPLACE FUNCTION contradicts(reasons text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT E'\n' || array_to_string(reasons, E'\n') LIKE E'%\nconflict: %'
$$;

-- What of some tracks a person has to decide now. A pinned field is decided;
-- a provider that has no column of an id leaves nothing to decide.
CREATE OR REPLACE FUNCTION review_wanted(ids uuid[])
RETURNS TABLE (track_id uuid, kind text, subject text, key text, name text)
LANGUAGE sql STABLE AS $$
    WITH t AS (
        SELECT t.track_id, t.track_key, t.outcome, t.pinned_fields,
               lower(t.artist || ' ' || t.title) AS name
        FROM tracks AS t WHERE t.track_id = ANY (ids)
    ), part AS (
        SELECT r.track_id, r.provider, r.outcome,
               CASE r.provider WHEN 'lastfm' THEN 'lastfm_url'
                               ELSE r.provider || '_id' END AS field,
               contradicts(r.reasons) AS contradicts
        FROM provider_records AS r
        WHERE r.track_id = ANY (ids) AND EXISTS (
            SELECT FROM pg_attribute AS c
            WHERE c.attrelid = 'tracks'::regclass AND NOT c.attisdropped
              AND c.attname = CASE r.provider WHEN 'lastfm' THEN 'lastfm_url'
                                              ELSE r.provider || '_id' END)
    )
    SELECT t.track_id, 'ambiguous', part.provider, t.track_key, t.name
    FROM t JOIN part USING (track_id)
    WHERE part.outcome = 'ambiguous' AND part.field <> ALL (t.pinned_fields)
    UNION ALL
    SELECT DISTINCT t.track_id, 'fields_in_conflict', '', t.track_key, t.name
    FROM t JOIN part USING (track_id)
    WHERE part.contradicts AND part.outcome = 'found'
      AND part.field <> ALL (t.pinned_fields)
    UNION ALL
    SELECT t.track_id, 'no_match', '', t.track_key, t.name
    FROM t
    WHERE t.outcome = 'no_match'
      AND NOT t.pinned_fields && '{spotify_id,musicbrainz_id,lastfm_url}'
    UNION ALL
    SELECT t.track_id, 'decisions_differ', d.field, t.track_key, t.name
    FROM t JOIN review_decisions AS d USING (track_id)
    WHERE d.undone_at IS NULL AND d.replaced_by IS NULL
    GROUP BY t.track_id, d.field, t.track_key, t.name
    HAVING count(DISTINCT coalesce(d.choice, '')) > 1
$$;

-- Open and close the questions of some tracks as their rows say now. With the owner's
-- rights: whoever writes tracks and records keeps the questions.
CREATE OR REPLACE FUNCTION review_sync(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- a question that another transaction closes now is waited for, and opened again
    INSERT INTO review_questions AS q (kind, subject, key, name)
    SELECT DISTINCT ON (w.kind, w.subject, w.key) w.kind, w.subject, w.key, w.name
    FROM review_wanted(ids) AS w
    ORDER BY w.kind, w.subject, w.key, w.name
    ON CONFLICT (kind, subject, md5(key)) DO UPDATE SET name = EXCLUDED.name;
    INSERT INTO review_question_tracks (track_id, question_id)
    SELECT w.track_id, q.question_id
    FROM review_wanted(ids) AS w
    JOIN review_questions AS q
      ON (q.kind, q.subject, md5(q.key)) = (w.kind, w.subject, md5(w.key))
    ON CONFLICT DO NOTHING;
    DELETE FROM review_question_tracks AS l USING review_questions AS q
    WHERE l.track_id = ANY (ids) AND q.question_id = l.question_id
      AND q.kind IN ('ambiguous', 'no_match', 'decisions_differ', 'fields_in_conflict')
      AND (q.kind <> 'fields_in_conflict' OR q.subject = '')
      AND NOT EXISTS (
          SELECT FROM review_wanted(ids) AS w
          WHERE (w.track_id, w.kind, w.subject, w.key)
              = (l.track_id, q.kind, q.subject, q.key));
END;
$$;

CREATE OR REPLACE FUNCTION review_sync_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM review_sync(ARRAY[coalesce(NEW.track_id, OLD.track_id)]);
    RETURN NULL;
END;
$$;

-- A question goes with its last track; else its plays are counted.
CREATE OR REPLACE FUNCTION review_recount() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    touched bigint[];
BEGIN
    SELECT array_agg(question_id) INTO touched FROM (
        SELECT q.question_id FROM review_questions AS q
        WHERE q.question_id IN (SELECT changed.question_id FROM changed)
        ORDER BY q.question_id FOR UPDATE
    ) AS locked;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM review_questions AS q
        WHERE q.question_id = ANY (touched) AND NOT EXISTS (
            SELECT FROM review_question_tracks AS l
            WHERE l.question_id = q.question_id);
    END IF;
    -- in one statement, of one moment: a mention is counted or is a change to come
    WITH counted AS (DELETE FROM review_plays WHERE question_id = ANY (touched))
    UPDATE review_questions AS q SET plays = (
        SELECT count(*) FROM review_question_tracks AS l
        JOIN tracklist_rows AS r ON r.track_id = l.track_id
        WHERE l.question_id = q.question_id)
    WHERE q.question_id = ANY (touched);
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION review_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO review_counts (kind, subject, open)
    SELECT kind, subject, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed GROUP BY kind, subject;
    RETURN NULL;
END;
$$;

-- Rows of tracklists came or went.
CREATE OR REPLACE FUNCTION review_mentioned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO review_plays (question_id, plays)
    SELECT l.question_id, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed JOIN review_question_tracks AS l USING (track_id)
    GROUP BY l.question_id;
    RETURN NULL;
END;
$$;
CREATE OR REPLACE FUNCTION review_renamed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO review_plays (question_id, plays)
    SELECT question_id, CASE track_id WHEN NEW.track_id THEN 1 ELSE -1 END
    FROM review_question_tracks WHERE track_id IN (OLD.track_id, NEW.track_id);
    RETURN NULL;
END;
$$;

-- Make one row of many changes. Questions that somebody writes now come later.
CREATE OR REPLACE FUNCTION fold_review_changes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(7265414008) THEN
        RETURN;
    END IF;
    WITH taken AS (DELETE FROM review_counts RETURNING *)
    INSERT INTO review_counts
    SELECT kind, subject, sum(open) FROM taken
    GROUP BY kind, subject HAVING sum(open) <> 0;
    WITH free AS (
        SELECT question_id FROM review_questions
        WHERE question_id IN (SELECT question_id FROM review_plays)
        FOR UPDATE SKIP LOCKED
    ), taken AS (
        DELETE FROM review_plays AS p
        WHERE p.question_id IN (SELECT question_id FROM free)
           OR NOT EXISTS (SELECT FROM review_questions AS q
                          WHERE q.question_id = p.question_id)
        RETURNING *
    )
    UPDATE review_questions AS q SET plays = greatest(q.plays + t.plays, 0)
    FROM (SELECT question_id, sum(plays) AS plays FROM taken GROUP BY 1) AS t
    WHERE q.question_id = t.question_id AND t.plays <> 0;
END;
$$;

-- Questions that no single row tells: ids of several artists, files that differ.
CREATE OR REPLACE FUNCTION review_find_conflicts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- two at once would do the same work
    IF NOT pg_try_advisory_xact_lock(7265414009) THEN
        RETURN;
    END IF;
    CREATE TEMPORARY TABLE review_found ON COMMIT DROP AS
    SELECT held.track_id::uuid AS track_id, 'conflicting_ids' AS kind,
           c.field AS subject, c.id AS key
    FROM conflicting_ids AS c CROSS JOIN LATERAL unnest(c.holders) AS held (track_id)
    WHERE c.of_what = 'track'
    UNION ALL
    SELECT d.track_id, 'fields_in_conflict', d.field, t.track_key
    FROM file_disagreements AS d JOIN tracks AS t USING (track_id)
    WHERE d.field <> ALL (t.pinned_fields);
    ANALYZE review_found;
    -- decided, where a person has said it of every holder
    DELETE FROM review_found AS f USING (
        SELECT f.key, f.subject FROM review_found AS f JOIN tracks AS t USING (track_id)
        WHERE f.kind = 'conflicting_ids'
        GROUP BY f.key, f.subject HAVING bool_and(f.subject = ANY (t.pinned_fields))
    ) AS decided
    WHERE (f.kind, f.key, f.subject) = ('conflicting_ids', decided.key, decided.subject);
    INSERT INTO review_questions AS q (kind, subject, key, name)
    SELECT DISTINCT ON (f.kind, f.subject, f.key)
           f.kind, f.subject, f.key, lower(t.artist || ' ' || t.title)
    FROM review_found AS f JOIN tracks AS t USING (track_id)
    ORDER BY f.kind, f.subject, f.key, f.track_id
    ON CONFLICT (kind, subject, md5(key)) DO NOTHING;
    INSERT INTO review_question_tracks (track_id, question_id)
    SELECT f.track_id, q.question_id
    FROM review_found AS f
    JOIN review_questions AS q
      ON (q.kind, q.subject, md5(q.key)) = (f.kind, f.subject, md5(f.key))
    ON CONFLICT DO NOTHING;
    DELETE FROM review_question_tracks AS l USING review_questions AS q
    WHERE q.question_id = l.question_id
      AND (q.kind = 'conflicting_ids' OR q.kind = 'fields_in_conflict' AND q.subject <> '')
      AND NOT EXISTS (
          SELECT FROM review_found AS f
          WHERE (f.track_id, f.kind, f.subject, f.key)
              = (l.track_id, q.kind, q.subject, q.key));
    DROP TABLE review_found;
END;
$$;
-- With the owner's rights: roles.sql says who may run them.
REVOKE ALL ON FUNCTION review_sync(uuid[]), review_find_conflicts(),
    fold_review_changes() FROM PUBLIC;
COMMIT;

-- Whoever writes waits while triggers are made: nothing else stands in this transaction.
BEGIN;
DROP TRIGGER IF EXISTS review_questions_opened ON review_questions;
CREATE TRIGGER review_questions_opened AFTER INSERT ON review_questions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION review_count();
DROP TRIGGER IF EXISTS review_questions_closed ON review_questions;
CREATE TRIGGER review_questions_closed AFTER DELETE ON review_questions
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION review_count();
DROP TRIGGER IF EXISTS review_question_tracks_added ON review_question_tracks;
CREATE TRIGGER review_question_tracks_added AFTER INSERT ON review_question_tracks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION review_recount();
DROP TRIGGER IF EXISTS review_question_tracks_gone ON review_question_tracks;
CREATE TRIGGER review_question_tracks_gone AFTER DELETE ON review_question_tracks
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION review_recount();
COMMIT;

-- What is found by a sure match pays nothing here.
BEGIN;
DROP TRIGGER IF EXISTS provider_records_review_new ON provider_records;
CREATE TRIGGER provider_records_review_new AFTER INSERT ON provider_records
    FOR EACH ROW WHEN (NEW.outcome = 'ambiguous' OR contradicts(NEW.reasons))
    EXECUTE FUNCTION review_sync_row();
DROP TRIGGER IF EXISTS provider_records_review_changed ON provider_records;
CREATE TRIGGER provider_records_review_changed
    AFTER UPDATE OF outcome, reasons ON provider_records
    FOR EACH ROW WHEN (
        (OLD.outcome = 'ambiguous') <> (NEW.outcome = 'ambiguous')
        OR (OLD.outcome = 'found') <> (NEW.outcome = 'found') AND contradicts(NEW.reasons)
        OR contradicts(OLD.reasons) <> contradicts(NEW.reasons))
    EXECUTE FUNCTION review_sync_row();
DROP TRIGGER IF EXISTS provider_records_review_gone ON provider_records;
CREATE TRIGGER provider_records_review_gone AFTER DELETE ON provider_records
    FOR EACH ROW WHEN (OLD.outcome = 'ambiguous' OR contradicts(OLD.reasons))
    EXECUTE FUNCTION review_sync_row();
COMMIT;
BEGIN;
DROP TRIGGER IF EXISTS tracks_review_new ON tracks;
CREATE TRIGGER tracks_review_new AFTER INSERT ON tracks
    FOR EACH ROW WHEN (NEW.outcome = 'no_match') EXECUTE FUNCTION review_sync_row();
DROP TRIGGER IF EXISTS tracks_review_changed ON tracks;
CREATE TRIGGER tracks_review_changed
    AFTER UPDATE OF outcome, pinned_fields, track_key, artist, title ON tracks
    FOR EACH ROW WHEN (
        (OLD.outcome IS NOT DISTINCT FROM 'no_match')
            <> (NEW.outcome IS NOT DISTINCT FROM 'no_match')
        OR OLD.pinned_fields <> NEW.pinned_fields
        OR (OLD.track_key, OLD.artist, OLD.title)
            IS DISTINCT FROM (NEW.track_key, NEW.artist, NEW.title))
    EXECUTE FUNCTION review_sync_row();
COMMIT;
BEGIN;
DROP TRIGGER IF EXISTS tracklist_rows_review_new ON tracklist_rows;
CREATE TRIGGER tracklist_rows_review_new AFTER INSERT ON tracklist_rows
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION review_mentioned();
DROP TRIGGER IF EXISTS tracklist_rows_review_gone ON tracklist_rows;
CREATE TRIGGER tracklist_rows_review_gone AFTER DELETE ON tracklist_rows
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION review_mentioned();
DROP TRIGGER IF EXISTS tracklist_rows_review_renamed ON tracklist_rows;
CREATE TRIGGER tracklist_rows_review_renamed AFTER UPDATE OF track_id ON tracklist_rows
    FOR EACH ROW WHEN (OLD.track_id IS DISTINCT FROM NEW.track_id)
    EXECUTE FUNCTION review_renamed();
COMMIT;

BEGIN;
-- What is in question already; beside workers that write.
SELECT review_sync(array_agg(track_id)) FROM (
    SELECT track_id FROM provider_records
    WHERE outcome = 'ambiguous' OR contradicts(reasons)
    UNION SELECT track_id FROM tracks WHERE outcome = 'no_match'
) AS open;
SELECT fold_review_changes();

INSERT INTO schema_migrations (version, name) VALUES (19, 'review')
ON CONFLICT (version) DO NOTHING;
COMMIT;
