-- What analysts ask: coverage by field and source, what is stale, what is due, what it
-- costs to ask again, and the mark that makes it so (docs/analysts.md).
BEGIN;

-- Share of tracks that have each field.
CREATE OR REPLACE VIEW coverage_by_field AS
SELECT field, counted.tracks, filled,
       round(100.0 * filled / nullif(counted.tracks, 0), 2) AS coverage_pct
FROM (
    SELECT count(*) AS tracks, count(isrc) AS isrc, count(spotify_id) AS spotify_id,
           count(musicbrainz_id) AS musicbrainz_id, count(lastfm_url) AS lastfm_url,
           count(duration_ms) AS duration_ms, count(release_date) AS release_date,
           count(album) AS album, count(label) AS label,
           count(*) FILTER (WHERE genres <> '{}') AS genres,
           count(popularity) AS popularity, count(listeners) AS listeners,
           count(playcount) AS playcount, count(artwork_url) AS artwork_url,
           count(bpm) AS bpm, count(musical_key) AS musical_key,
           count(camelot_key) AS camelot_key, count(energy) AS energy,
           count(danceability) AS danceability, count(valence) AS valence
    FROM tracks
) AS counted
CROSS JOIN LATERAL (VALUES
    ('isrc', isrc), ('spotify_id', spotify_id), ('musicbrainz_id', musicbrainz_id),
    ('lastfm_url', lastfm_url), ('duration_ms', duration_ms),
    ('release_date', release_date), ('album', album), ('label', label),
    ('genres', genres), ('popularity', popularity), ('listeners', listeners),
    ('playcount', playcount), ('artwork_url', artwork_url), ('bpm', bpm),
    ('musical_key', musical_key), ('camelot_key', camelot_key), ('energy', energy),
    ('danceability', danceability), ('valence', valence)
) AS fields (field, filled);

-- Who gave the values of each field, how sure and how old they are.
CREATE OR REPLACE VIEW coverage_by_source AS
SELECT field, provider, count(*) AS tracks,
       round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY field), 2)
           AS share_pct,
       round(avg(confidence), 2) AS mean_confidence,
       min(fetched_at) AS oldest, max(fetched_at) AS newest,
       count(*) FILTER (WHERE pinned) AS pinned
FROM field_provenance
GROUP BY field, provider;

-- What each provider's parts came to.
CREATE OR REPLACE VIEW provider_outcomes AS
SELECT provider, outcome, count(*) AS tracks,
       round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY provider), 2)
           AS share_pct,
       min(fetched_at) AS oldest, count(due_at) AS waiting
FROM provider_records
GROUP BY provider, outcome;

-- Parts of known tracks that are to be asked again: stale by rule, marked by a person,
-- mentioned in a new tracklist, or put off by a provider. published_at: under way.
CREATE OR REPLACE VIEW reenrichment_due AS
SELECT due.track_id, t.artist, t.title, due.provider, due.outcome, due.reason,
       due.due_since, due.fetched_at, due.published_at
FROM (
    SELECT r.track_id, r.provider, r.outcome, r.due_reason AS reason,
           r.due_at AS due_since, r.fetched_at, r.published_at
    FROM provider_records AS r
    WHERE r.due_at <= now() AND r.outcome IN ('found', 'absent', 'ambiguous')
    UNION ALL
    SELECT r.track_id, r.provider, r.outcome, 'stale', r.fetched_at + s.stale_after,
           r.fetched_at, NULL
    FROM staleness_rules AS s
    JOIN provider_records AS r
      ON (r.provider, r.outcome, r.unreleased, r.absences)
       = (s.provider, s.outcome, s.unreleased, s.absences)
    WHERE r.due_at IS NULL AND r.fetched_at < now() - s.stale_after
) AS due
JOIN tracks AS t USING (track_id)
WHERE t.status IN ('completed', 'partial');

-- Tracks of which one provider's part is older than an age, whatever the rules say.
CREATE OR REPLACE FUNCTION stale_tracks(
    of_provider text, older_than interval, with_outcome text DEFAULT NULL
) RETURNS TABLE (
    track_id uuid, artist text, title text, outcome text, fetched_at timestamptz,
    reason text
) LANGUAGE sql STABLE AS $$
    SELECT r.track_id, t.artist, t.title, r.outcome, r.fetched_at, r.due_reason
    FROM (
        SELECT * FROM provider_records
        WHERE provider = of_provider AND due_at IS NULL
          AND provider_records.fetched_at < now() - older_than
        UNION ALL
        SELECT * FROM provider_records
        WHERE provider = of_provider AND due_at IS NOT NULL
          AND provider_records.fetched_at < now() - older_than
    ) AS r
    JOIN tracks AS t USING (track_id)
    WHERE r.outcome IN ('found', 'absent', 'ambiguous')
      AND (with_outcome IS NULL OR r.outcome = with_outcome)
    ORDER BY r.fetched_at
$$;

-- What it costs to ask parts again. `parts`: any table or view with track_id, provider.
-- Equal questions of several tracks are asked once; an answer of none by identifier is
-- followed by a question by names, so that absences may cost up to twice this.
CREATE OR REPLACE FUNCTION reenrichment_price(parts regclass)
RETURNS TABLE (provider text, tracks bigint, questions bigint, calls bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE format($sql$
        SELECT asked.provider, sum(asked.tracks)::bigint, sum(asked.questions)::bigint,
               sum(ceil(asked.questions::numeric / coalesce(b.questions_per_call, 1)))
                   ::bigint
        FROM (
            SELECT r.provider, split_part(r.question, ':', 1) AS operation,
                   count(*) AS tracks, count(DISTINCT r.question) AS questions
            FROM (SELECT DISTINCT track_id, provider FROM %s) AS p
            JOIN provider_records AS r USING (track_id, provider)
            WHERE r.outcome IN ('found', 'absent', 'ambiguous')
            GROUP BY 1, 2
        ) AS asked
        LEFT JOIN provider_batches AS b USING (provider, operation)
        GROUP BY asked.provider ORDER BY asked.provider
    $sql$, parts);
END;
$$;

-- Make parts due now; what waits or is under way already stays as it is. What a worker
-- writes at this moment is skipped: it is fresh.
CREATE OR REPLACE FUNCTION mark_for_reenrichment(parts regclass)
RETURNS TABLE (provider text, marked bigint)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($sql$
        WITH chosen AS (
            SELECT r.track_id, r.provider
            FROM provider_records AS r
            WHERE (r.track_id, r.provider) IN (SELECT track_id, provider FROM %s)
              AND r.due_at IS NULL AND r.outcome IN ('found', 'absent', 'ambiguous')
            ORDER BY r.track_id, r.provider
            FOR UPDATE SKIP LOCKED
        ), changed AS (
            UPDATE provider_records AS r
            SET due_at = now(), due_reason = 'marked', published_at = NULL
            FROM chosen
            WHERE r.track_id = chosen.track_id AND r.provider = chosen.provider
            RETURNING r.provider
        )
        SELECT changed.provider, count(*) FROM changed GROUP BY 1 ORDER BY 1
    $sql$, parts);
END;
$$;

-- Make due what is old enough and stands in a tracklist retrieved since the last look.
-- Looks back an hour more: a page is retrieved before its rows are committed.
CREATE OR REPLACE FUNCTION mark_mentioned() RETURNS bigint
LANGUAGE sql AS $$
    WITH seen AS MATERIALIZED (
        SELECT until FROM mentions_seen FOR UPDATE SKIP LOCKED
    ), moved AS (
        UPDATE mentions_seen SET until = now() WHERE EXISTS (SELECT FROM seen)
    ), mentioned AS (
        SELECT DISTINCT listed.track_id
        FROM seen
        JOIN tracklists AS l ON l.retrieved_at > seen.until - interval '1 hour'
        JOIN tracklist_rows AS listed USING (tracklist_id)
        WHERE listed.track_id IS NOT NULL
    ), chosen AS (
        SELECT r.track_id, r.provider
        FROM mentioned
        JOIN provider_records AS r USING (track_id)
        JOIN staleness_rules AS s
          ON (r.provider, r.outcome, r.unreleased, r.absences)
           = (s.provider, s.outcome, s.unreleased, s.absences)
        WHERE r.due_at IS NULL AND r.fetched_at < now() - s.active_after
        ORDER BY r.track_id, r.provider
        FOR UPDATE OF r SKIP LOCKED
    ), changed AS (
        UPDATE provider_records AS r SET due_at = now(), due_reason = 'mentioned'
        FROM chosen
        WHERE r.track_id = chosen.track_id AND r.provider = chosen.provider
        RETURNING 1
    )
    SELECT count(*) FROM changed
$$;

INSERT INTO schema_migrations (version, name) VALUES (11, 'analyst_views')
ON CONFLICT (version) DO NOTHING;
COMMIT;
