-- What each role may do with our tables. `enrichment migrate up` runs this after the
-- migrations, as the owner; it may be run again, and by psql -f. Where crawls or the
-- service have no role, they are musicdb_worker, who gets their rights. A table that a
-- later migration adds belongs into this list.
BEGIN;

DO $$
DECLARE
    given record;
BEGIN
    -- any fixed number of ours: two at once would change the same rows of the catalogue
    PERFORM pg_advisory_xact_lock(7265414005);
    FOR given IN SELECT rolname FROM pg_roles WHERE rolname IN
        ('musicdb_worker', 'musicdb_scraper', 'musicdb_service', 'musicdb_analyst')
    LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', given.rolname);
        -- older versions gave rights on tables to come, too
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM %I',
            given.rolname
        );
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', given.rolname);
    END LOOP;
    FOR given IN
        SELECT rolname AS role, privileges, tables
        FROM (VALUES
            -- asks providers, writes what they answer, sweeps; credits and kept answers
            -- are written anew
            ('musicdb_worker', 'SELECT', 'ALL TABLES IN SCHEMA public'),
            ('musicdb_worker', 'INSERT, UPDATE',
             'tracks, artists, track_credits, provider_records, provider_answers,'
             ' provider_calls, provider_benches'),
            ('musicdb_worker', 'DELETE', 'track_credits, provider_answers'),
            ('musicdb_worker', 'UPDATE', 'mentions_seen'),
            -- stores tracklists with their texts, rows and new tracks, and which are the
            -- same set; notes what is published
            ('musicdb_scraper', 'SELECT, INSERT',
             'tracks, tracklists, tracklist_rows, tracklist_texts, same_sets,'
             ' unread_files'),
            ('musicdb_scraper', 'UPDATE', 'tracklists, unread_files'),
            ('musicdb_scraper', 'UPDATE (status, published_at)', 'tracks'),
            -- a copy of a file, what a tracklist held before, a text that nobody needs
            ('musicdb_scraper', 'DELETE',
             'tracklists, tracklist_rows, tracklist_texts, same_sets, unread_files'),
            -- takes in tracks, marks them to be asked again, sweeps; writes what people
            -- decide, and tracks anew by it; kept answers end as their terms ask
            ('musicdb_service', 'SELECT', 'ALL TABLES IN SCHEMA public'),
            ('musicdb_service', 'INSERT, UPDATE',
             'tracks, artists, track_credits, provider_records, review_decisions'),
            ('musicdb_service', 'UPDATE', 'provider_answers, mentions_seen'),
            -- notes which files a person has set aside
            ('musicdb_service', 'UPDATE (set_aside_at, set_aside_by, set_aside_why)',
             'unread_files'),
            -- stores tracklists that people upload, and which are the same set
            ('musicdb_service', 'INSERT',
             'tracklists, tracklist_rows, tracklist_texts, same_sets'),
            ('musicdb_service', 'DELETE', 'same_sets'),
            ('musicdb_service', 'DELETE',
             'track_credits, provider_answers, review_question_tracks'),
            ('musicdb_analyst', 'SELECT', 'ALL TABLES IN SCHEMA public')
        ) AS rights (role, privileges, tables)
        JOIN pg_roles ON rolname = CASE
            WHEN role = 'musicdb_analyst' THEN role
            WHEN EXISTS (SELECT FROM pg_roles AS own WHERE own.rolname = role) THEN role
            ELSE 'musicdb_worker'
        END
    LOOP
        EXECUTE format(
            'GRANT %s ON %s TO %I', given.privileges, given.tables, given.role
        );
    END LOOP;
    -- where a user's own audio lies, and the files that say so, are shown to nobody else:
    -- of these tables every other column
    FOR given IN
        SELECT r.rolname AS role, c.relname AS own,
               string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
        FROM (VALUES ('tracklist_rows', 'location'), ('tracklist_texts', 'packed'))
            AS hidden (relname, attname)
        JOIN pg_class AS c
          ON c.relname = hidden.relname AND c.relnamespace = 'public'::regnamespace
        JOIN pg_attribute AS a
          ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attname <> hidden.attname
        JOIN pg_roles AS r ON r.rolname IN ('musicdb_service', 'musicdb_analyst')
        GROUP BY r.rolname, c.relname
    LOOP
        EXECUTE format('REVOKE SELECT ON %I FROM %I', given.own, given.role);
        EXECUTE format(
            'GRANT SELECT (%s) ON %I TO %I', given.columns, given.own, given.role
        );
    END LOOP;
    -- functions with the owner's rights: a crawl brings tracks whose values files may
    -- fill, a worker and people write them; who sweeps and decides keeps the questions
    FOR given IN
        SELECT r.rolname AS role, f.name
        FROM (VALUES
            ('fill_from_files(uuid[])', 'musicdb_scraper'),
            ('fill_from_files(uuid[])', 'musicdb_worker'),
            ('fill_from_files(uuid[])', 'musicdb_service'),
            ('review_sync(uuid[])', 'musicdb_service'),
            ('review_find_conflicts()', 'musicdb_worker'),
            ('review_find_conflicts()', 'musicdb_service'),
            ('fold_review_changes()', 'musicdb_worker'),
            ('fold_review_changes()', 'musicdb_service')
        ) AS f (name, role)
        JOIN pg_roles AS r ON r.rolname = CASE
            WHEN EXISTS (SELECT FROM pg_roles AS own WHERE own.rolname = f.role)
            THEN f.role ELSE 'musicdb_worker'
        END
        WHERE to_regprocedure(f.name) IS NOT NULL
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', given.name, given.role);
    END LOOP;
END
$$;

COMMIT;
