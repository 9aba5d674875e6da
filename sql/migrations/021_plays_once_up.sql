-- What was counted with a question's plays is no change to come any more. Functions with
-- the owner's rights are not everybody's.
BEGIN;

-- As in 019, which counted mentions twice for a while.
CREATE INDEX IF NOT EXISTS review_plays_question_idx ON review_plays (question_id);

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

-- With the owner's rights: roles.sql says who may run them.
REVOKE ALL ON FUNCTION review_sync(uuid[]), review_find_conflicts(),
    fold_review_changes() FROM PUBLIC;

INSERT INTO schema_migrations (version, name) VALUES (21, 'plays_once')
ON CONFLICT (version) DO NOTHING;
COMMIT;
