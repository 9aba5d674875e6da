-- What more providers give: codes of a release, loudness, and each provider's own tempo.
BEGIN;
ALTER TABLE tracks
    -- a person's until now: 019 has it
    ADD COLUMN IF NOT EXISTS deezer_id text,
    ADD COLUMN IF NOT EXISTS catalogue_number text,
    ADD COLUMN IF NOT EXISTS barcode text,
    ADD COLUMN IF NOT EXISTS loudness real;
COMMIT;

BEGIN;
-- As that provider gave it, whoever's value is the track's: two that differ by an octave
-- are told.
ALTER TABLE provider_records ADD COLUMN IF NOT EXISTS bpm real;

INSERT INTO schema_migrations (version, name) VALUES (21, 'more_providers')
ON CONFLICT (version) DO NOTHING;
COMMIT;
