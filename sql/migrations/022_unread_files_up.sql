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
