-- Artists, tracks and who is credited on them.
-- Every up file may be run again, by psql -f or by `enrichment migrate up`.
BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS artists (
    artist_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text NOT NULL CHECK (name <> ''),
    -- normalised name: one row per spelling-independent artist
    name_key       text NOT NULL UNIQUE CHECK (name_key <> ''),
    aliases        text[] NOT NULL DEFAULT '{}',
    spotify_id     text,
    musicbrainz_id uuid,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- Keys begin with track_id everywhere, so that the tables can be hash partitioned by it.
CREATE TABLE IF NOT EXISTS tracks (
    track_id         uuid PRIMARY KEY,
    -- what track_id is made of (docs/track_identity.md)
    track_key        text NOT NULL,
    identity_version smallint NOT NULL DEFAULT 1,
    artist           text NOT NULL CHECK (artist <> ''),
    -- as printed, version included, label not
    title            text NOT NULL CHECK (title <> ''),
    version          text,
    remixers         text[] NOT NULL DEFAULT '{}',
    featured         text[] NOT NULL DEFAULT '{}',
    isrc             text CONSTRAINT tracks_isrc_format
                     CHECK (isrc ~ '^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$'),
    spotify_id       text,
    musicbrainz_id   uuid,
    lastfm_url       text,
    duration_ms      integer CONSTRAINT tracks_duration_positive CHECK (duration_ms > 0),
    release_date     date,
    release_date_precision text CONSTRAINT tracks_release_date_precision
                     CHECK (release_date_precision IN ('year', 'month', 'day')),
    album            text,
    label            text,
    genres           text[] NOT NULL DEFAULT '{}',
    popularity       smallint CONSTRAINT tracks_popularity_range
                     CHECK (popularity BETWEEN 0 AND 100),
    listeners        bigint,
    playcount        bigint,
    artwork_url      text,
    bpm              numeric(6, 2) CONSTRAINT tracks_bpm_positive CHECK (bpm > 0),
    musical_key      text,
    energy           real,
    danceability     real,
    valence          real,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS tracks_isrc_idx ON tracks (isrc) WHERE isrc IS NOT NULL;
CREATE INDEX IF NOT EXISTS tracks_spotify_id_idx
    ON tracks (spotify_id) WHERE spotify_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS track_credits (
    track_id    uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
    position    smallint NOT NULL,
    role        text NOT NULL CONSTRAINT track_credits_role
                CHECK (role IN ('main', 'featured', 'remixer')),
    artist_id   bigint NOT NULL REFERENCES artists,
    credited_as text NOT NULL,
    PRIMARY KEY (track_id, position)
);
CREATE INDEX IF NOT EXISTS track_credits_artist_idx ON track_credits (artist_id);

INSERT INTO schema_migrations (version, name) VALUES (1, 'tracks')
ON CONFLICT (version) DO NOTHING;
COMMIT;
