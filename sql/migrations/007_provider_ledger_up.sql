-- What providers were asked and cost, by day; and benches, so that they outlive Redis.
BEGIN;

CREATE TABLE IF NOT EXISTS provider_calls (
    provider    text NOT NULL,
    day         date NOT NULL,
    lane        text NOT NULL,
    calls       bigint NOT NULL DEFAULT 0,
    refusals    bigint NOT NULL DEFAULT 0,
    saved_calls bigint NOT NULL DEFAULT 0,
    cost_usd    numeric(14, 6) NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, day, lane)
);

CREATE TABLE IF NOT EXISTS provider_benches (
    provider   text NOT NULL,
    -- '' benches the whole provider
    operation  text NOT NULL DEFAULT '',
    state      jsonb NOT NULL,
    until      timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, operation)
);

INSERT INTO schema_migrations (version, name) VALUES (7, 'provider_ledger')
ON CONFLICT (version) DO NOTHING;
COMMIT;
