-- Why a part waits is a class; what a provider said of it stands beside it, short and
-- without our keys.
BEGIN;

ALTER TABLE provider_records ADD COLUMN IF NOT EXISTS due_detail text;

-- Older versions wrote the provider's text as the reason, and it may echo a key.
UPDATE provider_records
SET due_reason = CASE
    WHEN due_reason LIKE 'Shedding: %' THEN 'shedding'
    WHEN due_reason LIKE 'QuestionRefused: %' THEN 'question_refused'
    WHEN due_reason = 'the answer left it out' THEN 'left_out'
    WHEN due_reason LIKE 'Transient: %' THEN 'transient'
    ELSE 'broke'
END
WHERE due_at IS NOT NULL AND due_reason LIKE '% %';

INSERT INTO schema_migrations (version, name) VALUES (15, 'due_detail')
ON CONFLICT (version) DO NOTHING;
COMMIT;
