BEGIN;
-- Values of files go: what is left is what it was without them.
CREATE TEMPORARY TABLE given ON COMMIT DROP AS
SELECT track_id, array_agg(key) AS ours, enrichment_timestamp AS age
FROM tracks CROSS JOIN LATERAL jsonb_each(provenance)
WHERE value ->> 0 = 'file' AND key <> ALL (pinned_fields)
GROUP BY track_id;
UPDATE tracks AS t SET
    album = CASE WHEN 'album' <> ALL (ours) THEN album END,
    artwork_url = CASE WHEN 'artwork_url' <> ALL (ours) THEN artwork_url END,
    bpm = CASE WHEN 'bpm' <> ALL (ours) THEN bpm END,
    camelot_key = CASE WHEN 'camelot_key' <> ALL (ours) THEN camelot_key END,
    duration_ms = CASE WHEN 'duration_ms' <> ALL (ours) THEN duration_ms END,
    isrc = CASE WHEN 'isrc' <> ALL (ours) THEN isrc END,
    label = CASE WHEN 'label' <> ALL (ours) THEN label END,
    release_date = CASE WHEN 'release_date' <> ALL (ours) THEN release_date END,
    release_date_precision = CASE WHEN 'release_date' <> ALL (ours)
        THEN release_date_precision END,
    provenance = provenance - ours
FROM given WHERE t.track_id = given.track_id;
UPDATE tracks AS t SET enrichment_timestamp = age
FROM given WHERE t.track_id = given.track_id AND age IS DISTINCT FROM enrichment_timestamp;
DROP FUNCTION IF EXISTS fill_from_files(uuid[]);
ALTER TABLE tracks DROP COLUMN IF EXISTS file_facts;
DELETE FROM schema_migrations WHERE version = 18;
COMMIT;
