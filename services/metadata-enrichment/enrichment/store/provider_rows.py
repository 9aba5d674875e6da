"""
What Postgres is told of each provider: fields, batches, and when answers are stale.

Rows are added where they are missing. One that is there stays as it is: an operator may
have changed it.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from enrichment.providers.spec import AnySpec

Connection = asyncpg.Connection | PoolConnectionProxy

# Whoever names no candidate that is near enough rarely does so within two months.
_AMBIGUOUS = timedelta(days=60)
_AMBIGUOUS_ACTIVE = timedelta(days=14)

_ADD_FIELDS = """
INSERT INTO provider_fields (provider, field)
SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
"""
_ADD_BATCHES = """
INSERT INTO provider_batches (provider, operation, questions_per_call)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) ON CONFLICT DO NOTHING
"""
_ADD_AGES = """
INSERT INTO staleness_rules (provider, outcome, stale_after, active_after, reason)
SELECT * FROM unnest($1::text[], $2::text[], $3::interval[], $4::interval[], $5::text[])
ON CONFLICT DO NOTHING
"""
# As migration 009 has them: absent doubles from a day to 180, promos are given up.
_ADD_ABSENCES = """
INSERT INTO staleness_rules
    (provider, outcome, unreleased, absences, stale_after, active_after, reason)
SELECT provider, 'absent', false, n,
       least(interval '1 day' * 2 ^ greatest(n - 1, 0), '180 days'),
       interval '1 day', 'absent ' || n || ' times: 1 d, doubling, at most 180 d'
FROM unnest($1::text[]) AS p (provider), generate_series(0, 9) AS n
UNION ALL
SELECT provider, 'absent', true, n,
       CASE WHEN n <= 5 THEN interval '45 days' * n ELSE '100 years' END,
       interval '14 days',
       CASE WHEN n <= 5 THEN 'unreleased, try ' || n || ' of 5: 45 d, 90 d, … 225 d'
            ELSE 'unreleased, given up: asked again only when mentioned' END
FROM unnest($1::text[]) AS p (provider), generate_series(1, 9) AS n
ON CONFLICT DO NOTHING
"""


async def add_missing(connection: Connection, specs: Iterable[AnySpec]) -> None:
    """Add the rows that providers lack, all of them or none."""
    specs = list(specs)
    fields = [(spec.name, column) for spec in specs for column in spec.fields]
    batches = [
        (spec.name, operation.name, operation.questions_per_call)
        for spec in specs
        for operation in spec.operations
        if operation.is_priced
    ]
    ages = [age for spec in specs for age in _ages(spec)]
    async with connection.transaction():
        for statement, rows in (
            (_ADD_FIELDS, fields),
            (_ADD_BATCHES, batches),
            (_ADD_AGES, ages),
        ):
            await connection.execute(statement, *_columns(rows))
        await connection.execute(_ADD_ABSENCES, [spec.name for spec in specs])


def _ages(spec: AnySpec) -> Iterable[tuple[str, str, timedelta, timedelta, str]]:
    found = spec.stale_after
    yield spec.name, "found", found, found, spec.stale_reason
    yield (
        *(spec.name, "ambiguous", _AMBIGUOUS, _AMBIGUOUS_ACTIVE),
        "the candidates rarely change; a person or a better rule decides sooner",
    )


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
