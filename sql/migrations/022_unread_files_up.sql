BEGIN;
-- As 019 has it now; an installation may have an earlier one.
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
COMMIT;

-- Files and pages that a crawl has met and not understood, for a person to look at.
BEGIN;

CREATE TABLE IF NOT EXISTS unread_files (
    file_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    -- the source's own key of the file or page, as tracklists have it
    source_key    text NOT NULL,
    reason        text NOT NULL,
    -- SHA-256 of the content: another content is another question
    digest        text NOT NULL,
    bytes         integer NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    -- by a person: nothing is to be read there
    set_aside_at  timestamptz,
    set_aside_by  text,
    set_aside_why text
);
CREATE UNIQUE INDEX IF NOT EXISTS unread_files_key_idx
    ON unread_files (source, md5(source_key));
CREATE INDEX IF NOT EXISTS unread_files_open_idx
    ON unread_files (file_id) WHERE set_aside_at IS NULL;

INSERT INTO schema_migrations (version, name) VALUES (22, 'unread_files')
ON CONFLICT (version) DO NOTHING;
COMMIT;
