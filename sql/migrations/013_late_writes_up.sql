-- What a write must know of the time since its batch was read: whom each provider's
-- answer credits, and what has been revoked.
BEGIN;

ALTER TABLE provider_records
    -- [["Above & Beyond", "their id"], ...] by the accepted candidate; null: not noted
    ADD COLUMN IF NOT EXISTS artists jsonb;

-- What `enrichment providers revoke` took back: no batch that had read before writes it
-- again. A row is never changed.
CREATE TABLE IF NOT EXISTS provider_revocations (
    revocation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider      text NOT NULL,
    -- only answers fetched in this time, null: without such a bound
    since         timestamptz,
    before        timestamptz,
    -- what was fetched until now and is so bounded is gone
    revoked_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO schema_migrations (version, name) VALUES (13, 'late_writes')
ON CONFLICT (version) DO NOTHING;
COMMIT;
