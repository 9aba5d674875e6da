-- Tracklists as their sources print them, every row in its place, unknown ones included.
BEGIN;

CREATE TABLE IF NOT EXISTS tracklists (
    tracklist_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- spider or importer ("tracklist_files", "mixesdb", "tracklists1001")
    source        text NOT NULL,
    -- the source's own key of the page or file
    source_key    text NOT NULL,
    revision      text,
    format        text NOT NULL,
    title         text,
    artist        text,
    url           text,
    recorded_on   text,
    licence       text,
    -- rows the source says there are, rows we read
    declared_rows integer,
    parsed_rows   integer NOT NULL,
    content_hash  text NOT NULL,
    gaps_after    integer[] NOT NULL DEFAULT '{}',
    retrieved_at  timestamptz NOT NULL DEFAULT now(),
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, source_key)
);

CREATE TABLE IF NOT EXISTS tracklist_rows (
    tracklist_id         bigint NOT NULL REFERENCES tracklists ON DELETE CASCADE,
    position             integer NOT NULL CHECK (position > 0),
    cue_seconds          integer CHECK (cue_seconds >= 0),
    raw                  text NOT NULL,
    artist               text,
    title                text,
    full_title           text,
    label                text,
    catalog_number       text,
    identified           boolean NOT NULL,
    played_with_previous boolean NOT NULL DEFAULT false,
    -- null while the row is unidentified ("ID - ID")
    track_id             uuid REFERENCES tracks,
    PRIMARY KEY (tracklist_id, position)
);
CREATE INDEX IF NOT EXISTS tracklist_rows_track_idx
    ON tracklist_rows (track_id) WHERE track_id IS NOT NULL;

INSERT INTO schema_migrations (version, name) VALUES (2, 'tracklists')
ON CONFLICT (version) DO NOTHING;
COMMIT;
