-- Beside every value: who said so, how sure, when, by which rule. Stored in the track's
-- row, so that values and provenance are one write; read through the view.
BEGIN;

ALTER TABLE tracks
    -- {"isrc": ["spotify", 0.95, 1700000000, 1]}: provider, confidence, epoch s, rule
    ADD COLUMN IF NOT EXISTS provenance jsonb NOT NULL DEFAULT '{}',
    -- fields a person has set: no job overwrites them
    ADD COLUMN IF NOT EXISTS pinned_fields text[] NOT NULL DEFAULT '{}';

CREATE OR REPLACE VIEW field_provenance AS
SELECT t.track_id, said.field, said.provider,
       said.confidence::numeric(3, 2) AS confidence, said.fetched_at,
       said.rule_version, said.pinned
FROM tracks AS t
CROSS JOIN LATERAL (
    SELECT p.key AS field, p.value ->> 0 AS provider,
           (p.value ->> 1)::numeric(3, 2) AS confidence,
           to_timestamp((p.value ->> 2)::double precision) AS fetched_at,
           (p.value ->> 3)::integer AS rule_version, false AS pinned
    FROM jsonb_each(t.provenance) AS p
    WHERE p.key <> ALL (t.pinned_fields)
    UNION ALL
    SELECT pin, 'person', NULL, NULL, NULL, true FROM unnest(t.pinned_fields) AS pin
) AS said;

INSERT INTO schema_migrations (version, name) VALUES (4, 'field_provenance')
ON CONFLICT (version) DO NOTHING;
COMMIT;
