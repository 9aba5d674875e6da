-- When what a provider said is to be asked again: by provider, outcome, age and
-- activity, as rows that may be changed at any time (docs/reenrichment.md).
BEGIN;

ALTER TABLE provider_records
    -- how often in a row the provider had none; 9 stands for more
    ADD COLUMN IF NOT EXISTS absences smallint NOT NULL DEFAULT 0,
    -- its label or title says that it is not released: a schedule of its own
    ADD COLUMN IF NOT EXISTS unreleased boolean NOT NULL DEFAULT false,
    -- the claim of a part of a known track that is asked again: since when its message
    -- is under way; a write of the part clears it
    ADD COLUMN IF NOT EXISTS published_at timestamptz;

CREATE TABLE IF NOT EXISTS staleness_rules (
    provider     text NOT NULL,
    outcome      text NOT NULL CONSTRAINT staleness_rules_outcome_known
                 CHECK (outcome IN ('found', 'absent', 'ambiguous')),
    unreleased   boolean NOT NULL DEFAULT false,
    absences     smallint NOT NULL DEFAULT 0
                 CONSTRAINT staleness_rules_absences_range CHECK (absences BETWEEN 0 AND 9),
    -- what is older is asked again
    stale_after  interval NOT NULL,
    -- what is older is asked again at once when a new tracklist mentions the track
    active_after interval NOT NULL,
    reason       text NOT NULL,
    PRIMARY KEY (provider, outcome, unreleased, absences),
    CONSTRAINT staleness_rules_active_first CHECK (active_after <= stale_after)
);

-- A part that no rule names is never stale by age. Ages of what was found are the
-- cache's lifetimes and their jitter of a tenth: what is stale is not in the cache.
INSERT INTO staleness_rules
    (provider, outcome, stale_after, active_after, reason)
VALUES
    ('spotify', 'found', '8 days', '8 days',
     'terms: keep up to date, do not store indefinitely; cached 7 d'),
    ('lastfm', 'found', '8 days', '8 days',
     'listeners change daily; cached a week, as its own headers say'),
    ('musicbrainz', 'found', '34 days', '34 days',
     'CC0, edited rarely once entered; cached 30 d'),
    ('spotify', 'ambiguous', '60 days', '14 days',
     'the candidates rarely change; a person or a better rule decides sooner'),
    ('lastfm', 'ambiguous', '60 days', '14 days', 'as spotify'),
    ('musicbrainz', 'ambiguous', '60 days', '14 days', 'as spotify')
ON CONFLICT DO NOTHING;

-- Absent today may be released tomorrow; what stays absent is asked ever less.
INSERT INTO staleness_rules
    (provider, outcome, absences, stale_after, active_after, reason)
SELECT provider, 'absent', n,
       least(interval '1 day' * 2 ^ greatest(n - 1, 0), '180 days'),
       '1 day', 'absent ' || n || ' times: 1 d, doubling, at most 180 d'
FROM unnest(ARRAY['spotify', 'lastfm', 'musicbrainz']) AS p (provider),
     -- 0: written before absences were counted
     generate_series(0, 9) AS n
ON CONFLICT DO NOTHING;

-- Promos: 45 d while new, growing by half of 90 d with each try; given up after the
-- fifth, until a tracklist mentions it again.
INSERT INTO staleness_rules
    (provider, outcome, unreleased, absences, stale_after, active_after, reason)
SELECT provider, 'absent', true, n,
       CASE WHEN n <= 5 THEN interval '45 days' * n ELSE '100 years' END, '14 days',
       CASE WHEN n <= 5 THEN 'unreleased, try ' || n || ' of 5: 45 d, 90 d, … 225 d'
            ELSE 'unreleased, given up: asked again only when mentioned' END
FROM unnest(ARRAY['spotify', 'lastfm', 'musicbrainz']) AS p (provider),
     generate_series(1, 9) AS n
ON CONFLICT DO NOTHING;

-- How many questions one call answers: what prices are made of.
CREATE TABLE IF NOT EXISTS provider_batches (
    provider           text NOT NULL,
    operation          text NOT NULL,
    questions_per_call integer NOT NULL CHECK (questions_per_call > 0),
    PRIMARY KEY (provider, operation)
);
INSERT INTO provider_batches (provider, operation, questions_per_call) VALUES
    ('spotify', 'isrc', 1), ('spotify', 'search', 1),
    ('lastfm', 'track', 1), ('lastfm', 'tags', 1),
    ('musicbrainz', 'isrc', 67), ('musicbrainz', 'search', 25)
ON CONFLICT DO NOTHING;

-- Which fields of tracks each provider can give: whom to ask where one is missing.
CREATE TABLE IF NOT EXISTS provider_fields (
    provider text NOT NULL,
    field    text NOT NULL,
    PRIMARY KEY (provider, field)
);
INSERT INTO provider_fields (provider, field)
SELECT provider, unnest(fields) FROM (VALUES
    ('spotify', ARRAY['isrc', 'spotify_id', 'duration_ms', 'release_date', 'album',
        'genres', 'popularity', 'artwork_url']),
    ('musicbrainz', ARRAY['isrc', 'musicbrainz_id', 'duration_ms', 'release_date',
        'album', 'genres', 'artwork_url']),
    ('lastfm', ARRAY['lastfm_url', 'duration_ms', 'album', 'genres', 'listeners',
        'playcount', 'artwork_url'])
) AS given (provider, fields)
ON CONFLICT DO NOTHING;

-- Up to when tracklists have been searched for mentions; one row.
CREATE TABLE IF NOT EXISTS mentions_seen (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    until    timestamptz NOT NULL
);
INSERT INTO mentions_seen (until) VALUES (now()) ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION is_unreleased(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM tracks
        WHERE track_id = wanted
          AND title ~* '[\(\[][^\)\]]*\m(unreleased|promo|dubplate|forthcoming|ID)\M'
    ) OR EXISTS (
        SELECT FROM tracklist_rows
        WHERE track_id = wanted
          AND label ~* '^\W*(unreleased|promo|dub ?plate|cd-?r|white( label)?|acetate|forthcoming|ID)\W*$'
    )
$$;

-- Counts absences in a row; fires for these alone, so that what is found pays nothing.
CREATE OR REPLACE FUNCTION count_absences() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome <> 'absent' THEN
        NEW.absences := 0;
        NEW.unreleased := false;
    ELSIF TG_OP = 'INSERT' OR OLD.outcome <> 'absent' THEN
        NEW.absences := 1;
        NEW.unreleased := is_unreleased(NEW.track_id);
    ELSIF NEW.fetched_at > OLD.fetched_at THEN
        NEW.absences := least(OLD.absences + 1, 9);
        NEW.unreleased := is_unreleased(NEW.track_id);
    END IF;
    RETURN NEW;
END;
$$;

DROP TRIGGER IF EXISTS provider_records_absent_anew ON provider_records;
CREATE TRIGGER provider_records_absent_anew BEFORE INSERT ON provider_records
    FOR EACH ROW WHEN (NEW.outcome = 'absent') EXECUTE FUNCTION count_absences();
DROP TRIGGER IF EXISTS provider_records_absent_again ON provider_records;
CREATE TRIGGER provider_records_absent_again
    BEFORE UPDATE OF outcome, fetched_at ON provider_records
    FOR EACH ROW WHEN (NEW.outcome = 'absent' OR OLD.absences > 0)
    EXECUTE FUNCTION count_absences();

INSERT INTO schema_migrations (version, name) VALUES (9, 'reenrichment')
ON CONFLICT (version) DO NOTHING;
COMMIT;
