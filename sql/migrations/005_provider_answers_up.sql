-- One record per track and provider, and the answers themselves, once per question:
-- a hundred tracks with one question share one answer, and a better rule needs no call.
BEGIN;

CREATE TABLE IF NOT EXISTS provider_records (
    track_id          uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
    provider          text NOT NULL,
    outcome           text NOT NULL CONSTRAINT provider_records_outcome_known CHECK
                      (outcome IN ('found', 'absent', 'ambiguous', 'failed', 'benched')),
    provider_track_id text,
    score             real CONSTRAINT provider_records_score_range
                      CHECK (score BETWEEN 0 AND 1),
    reasons           text[] NOT NULL DEFAULT '{}',
    -- "operation:key": joins provider_answers
    question          text NOT NULL,
    fetched_at        timestamptz NOT NULL,
    PRIMARY KEY (track_id, provider)
);

CREATE TABLE IF NOT EXISTS provider_answers (
    provider      text NOT NULL,
    question      text NOT NULL,
    -- keys of any length fit an index as their MD5
    question_md5  uuid GENERATED ALWAYS AS (md5(question)::uuid) STORED,
    -- candidates as parsed, best first; empty when absent
    payload       jsonb NOT NULL,
    licence_class text NOT NULL,
    fetched_at    timestamptz NOT NULL,
    -- when the provider's terms want it gone; null keeps it
    expires_at    timestamptz,
    PRIMARY KEY (provider, question_md5)
);
CREATE INDEX IF NOT EXISTS provider_answers_expiry_idx
    ON provider_answers (expires_at) WHERE expires_at IS NOT NULL;

INSERT INTO schema_migrations (version, name) VALUES (5, 'provider_answers')
ON CONFLICT (version) DO NOTHING;
COMMIT;
