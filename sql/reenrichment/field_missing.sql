-- Tracks without a field, or with a file's value alone: the providers that may give it are asked again, if what they
-- said is older than a time (default: a day, since a fresh answer has no more to say).
-- psql -v field=isrc [-v older_than='7 days'] [-v mark=1] -f field_missing.sql
-- field: a column of tracks, such as isrc, album, release_date, genres, popularity
BEGIN;
\if :{?older_than}
\else
\set older_than '1 day'
\endif
CREATE TEMPORARY TABLE chosen_parts ON COMMIT DROP AS
SELECT r.track_id, r.provider
FROM tracks AS t
JOIN provider_records AS r USING (track_id)
JOIN provider_fields AS f ON f.provider = r.provider AND f.field = :'field'
WHERE t.status IN ('completed', 'partial')
  AND (coalesce(to_jsonb(t) ->> :'field', '[]') = '[]'
       OR t.provenance -> :'field' ->> 0 = 'file' AND :'field' <> ALL (t.pinned_fields))
  AND r.fetched_at < now() - :'older_than'::interval;

SELECT * FROM reenrichment_price('chosen_parts');
\if :{?mark}
SELECT * FROM mark_for_reenrichment('chosen_parts');
\endif
COMMIT;
