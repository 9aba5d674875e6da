"""What providers were asked and cost, by day and lane: the table provider_calls."""

import asyncio

import asyncpg

from enrichment import logs
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.ratelimit.budget_script import DaysSpent
from enrichment.lookup.spending import Spending
from enrichment.model import ProviderName
from enrichment.store.errors import server_away

log = logs.get("write")

FLUSH_SECONDS = 10.0

_ADD = """
INSERT INTO provider_calls
    (provider, day, lane, calls, refusals, saved_calls, cost_usd)
SELECT provider, (now() AT TIME ZONE 'UTC')::date, $2, calls, refusals, saved, usd
FROM unnest($1::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::numeric[])
    AS spent (provider, calls, refusals, saved, usd)
ON CONFLICT (provider, day, lane) DO UPDATE SET
    calls = provider_calls.calls + EXCLUDED.calls,
    refusals = provider_calls.refusals + EXCLUDED.refusals,
    saved_calls = provider_calls.saved_calls + EXCLUDED.saved_calls,
    cost_usd = provider_calls.cost_usd + EXCLUDED.cost_usd
"""
# days and months are UTC's
_MONTH = """
SELECT coalesce(sum(cost_usd), 0) FROM provider_calls
WHERE day >= date_trunc('month', now() AT TIME ZONE 'UTC')::date
"""
_DAYS = """
WITH utc AS (SELECT now() AT TIME ZONE 'UTC' AS at)
SELECT coalesce(sum(calls) FILTER (WHERE day = at::date), 0)::bigint AS today,
       coalesce(sum(calls) FILTER (WHERE day < at::date), 0)::bigint AS yesterday,
       extract(epoch FROM max(at) - date_trunc('day', max(at)))::float8
           AS since_midnight
FROM utc LEFT JOIN provider_calls ON provider = $1 AND day >= at::date - 1
"""


async def days_spent(pool: asyncpg.Pool, provider: ProviderName) -> DaysSpent:
    """Return a provider's calls of this day and the one before. Raises ServerAway."""
    with server_away():
        [row] = await pool.fetch(_DAYS, provider)
    return DaysSpent(row["today"], row["yesterday"], row["since_midnight"])


class CallLedger:
    """Adds one worker's counts now and then; while Postgres is away they wait."""

    def __init__(self, pool: asyncpg.Pool, spending: Spending, lane: Lane) -> None:
        self._pool = pool
        self._spending = spending
        self._lane = lane

    async def run(self) -> None:
        """Flush forever, at once for the first time; cancelled when it stops."""
        while True:
            await self.flush()
            await asyncio.sleep(FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write down what was counted, and learn what the month has cost so far."""
        taken = self._spending.take()
        spent = [taken[name] for name in taken]
        try:
            with server_away():
                if taken:
                    await self._pool.execute(
                        _ADD,
                        list(taken),
                        self._lane.value,
                        [part.calls for part in spent],
                        [part.refusals for part in spent],
                        [part.saved_calls for part in spent],
                        [round(part.usd, 6) for part in spent],
                    )
                taken = {}
                self._spending.learn(float(await self._pool.fetchval(_MONTH)))
        except ServerAway as error:
            self._spending.give_back(taken)
            log.warning(
                "Calls are not written down yet: Postgres is away",
                event_name="enrichment.write.not_counted",
                error=str(error),
            )
        except Exception:
            # the ledger continues: without it the month's guard would know of nothing
            self._spending.give_back(taken)
            log.exception(
                "Calls cannot be written down",
                event_name="enrichment.write.not_counted",
            )
