"""No migration raises a lock that it holds: a write between both is a deadlock."""

import re

import pytest

from enrichment.store import migrations

# Those before have been applied wherever something writes.
FROM = 16
_BODIES = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_REMARKS = re.compile(r"--[^\n]*")
# Both hold off writes, and let reads with a lock through.
_WEAKER = re.compile(r"\bREFERENCES (\w+)|\bCREATE TRIGGER [^;]*? ON (\w+)")
_STRONGEST = re.compile(r"\b(?:ALTER TABLE|DROP TRIGGER IF EXISTS \w+ ON) (\w+)")


def raised(transaction: str) -> set[str]:
    """Return the tables that are locked, and later locked against everybody."""
    strongest: dict[str, int] = {}
    for found in _STRONGEST.finditer(transaction):
        strongest.setdefault(found[1], found.start())
    return {
        found[1] or found[2]
        for found in _WEAKER.finditer(transaction)
        if strongest.get(found[1] or found[2], -1) > found.start()
    }


@pytest.mark.parametrize(
    "migration",
    [m for m in migrations.known() if m.version >= FROM],
    ids=lambda migration: migration.up.stem,
)
def test_a_table_is_locked_once_in_a_transaction(migration):
    text = _REMARKS.sub("", _BODIES.sub("", migration.up.read_text(encoding="utf-8")))

    assert [raised(part) for part in re.split(r"\bCOMMIT;", text) if raised(part)] == []
