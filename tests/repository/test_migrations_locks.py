"""No migration works on rows while everybody waits for the table that it alters."""

import re

import pytest

from enrichment.store import migrations

# Those before have been applied wherever there are many rows.
FROM = 18
_BODIES = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_REMARKS = re.compile(r"--[^\n]*")
# Tables that may have a million rows, and are read and written all the time.
_ALTERS = re.compile(
    r"ALTER TABLE (?:tracks|provider_records|tracklist_rows)\b"
    r"|CREATE TRIGGER [^;]* ON (?:tracks|provider_records|tracklist_rows)\b"
)
_ROWS = re.compile(r"(?:^|;)\s*(?:SELECT|UPDATE|DELETE|WITH|INSERT INTO (?!schema_mi))")


@pytest.mark.parametrize(
    "migration",
    [m for m in migrations.known() if m.version >= FROM],
    ids=lambda migration: migration.up.stem,
)
def test_a_table_is_altered_and_filled_in_two_transactions(migration):
    text = _REMARKS.sub("", _BODIES.sub("", migration.up.read_text(encoding="utf-8")))

    together = [
        part
        for part in re.split(r"\bCOMMIT;", text)
        if _ALTERS.search(part) and _ROWS.search(part)
    ]

    assert together == []
