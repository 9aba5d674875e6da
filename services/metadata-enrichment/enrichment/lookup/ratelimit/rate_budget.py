"""
One allowance per provider for the whole cluster: take a turn, or be told when.

A turn may lie in the future: the caller sleeps until then and nobody polls, order is
kept, and no call is lost while work waits. Without Redis there is no turn.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import orjson
from redis.asyncio import Redis

from enrichment.contract import metrics
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.ratelimit.reservation import (
    LeaseClaim,
    LimitedBy,
    Reservation,
    Settlement,
)
from enrichment.lookup.ratelimit.turn_script import (
    Call,
    DaysSpent,
    Past,
    Patience,
    Reply,
    budget_keys,
    lane_letter,
    question,
    quota_bucket,
    read_reply,
)
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName, Question
from enrichment.providers.allowance import Limits

__all__ = ["LeaseClaim", "LimitedBy", "RateBudget", "Reservation", "Settlement"]

# Nobody holds a promise for longer: later turns wait in Postgres.
MAX_WAIT_SECONDS = 30.0
# A turn is of no use when Redis takes this long to give it: it has passed by then …
SLOW_SECONDS = 0.125
# … though a slow answer may be a busy worker's own: it is Redis' when so many in a row
# are slow, for so long.
SLOW_IN_A_ROW = 8
SLOW_FOR_SECONDS = 5.0
# The ledger counts by such spans; a quota of shorter ones (a scaled clock) has none.
LEDGER_SECONDS = 86_400.0
# A script that finds the budget's past lost is asked again after telling what we know.
_EPOCH_TRIES = 3
_PATIENCE = Patience()


@dataclass(slots=True)
class _Seen:
    """
    What this process knows of one provider's budget.

    Args:
        epoch: which life of the budget it was; another one means its past is lost.
        last: a turn that Redis must remember, or its last second is lost.
    """

    epoch: str = ""
    remaining: int | None = None
    last: Reservation | None = None


class RateBudget:
    """
    The providers' allowances.

    Args:
        limits: every provider that is asked must be in it.
        ledger: gives what days have seen of a provider, where the budget is new.
        monotonic: seconds of this process.
    """

    def __init__(
        self,
        link: RedisLink,
        limits: Mapping[ProviderName, Limits],
        bench: Bench,
        *,
        patience: Patience = _PATIENCE,
        ledger: Callable[[ProviderName], Awaitable[DaysSpent]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._limits = dict(limits)
        self._bench = bench
        self._patience = patience
        self._ledger = ledger
        self._monotonic = monotonic
        self._seen = {provider: _Seen() for provider in self._limits}
        self._slow, self._slow_since = 0, 0.0
        scripts = resources.files(__package__)
        self._take_script = scripts.joinpath("rate_budget.lua").read_text()
        self._return_script = scripts.joinpath("rate_budget_return.lua").read_text()

    async def take(
        self,
        provider: ProviderName,
        *,
        lane: Lane,
        reservation: str,
        operation: str = "",
        group: str = "",
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> Reservation:
        """
        Take a turn within `max_wait_seconds`, or learn when to come again.

        Args:
            reservation: unique to the call; the same one again counts once.
            group: endpoint group, where the provider counts each by itself.

        Raises:
            ServerAway: without the shared budget, or with one that answers too late,
                there is no turn.
        """
        call = Call(
            provider, reservation, lane, operation, group, max_wait_seconds, None
        )
        grant, _ = await self._take(call)
        return grant

    async def take_with_leases(
        self,
        claim: LeaseClaim,
        *,
        lane: Lane,
        reservation: str,
        group: str = "",
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> tuple[Reservation, frozenset[Question]]:
        """
        Lease questions and take a turn for them in one step; both or neither.

        Gives those that are ours to ask. When others ask them all, no turn is taken
        and `paced_by` is LEASED. Who is granted hands the questions to `Leases.hold`.

        Raises:
            ServerAway: as for `take`.
        """
        first = claim.questions[0]
        call = Call(
            first.provider,
            reservation,
            lane,
            first.operation,
            group,
            max_wait_seconds,
            claim,
        )
        grant, owned = await self._take(call)
        return grant, owned

    async def wait_for_turn(
        self, grant: Reservation, *, early_seconds: float = 0.0
    ) -> Reservation:
        """
        Sleep until a granted turn; gives it, or a refusal if a bench came meanwhile.

        What was promised before a provider refused must not be asked after it did.

        Args:
            early_seconds: return so long before the turn.

        Raises:
            ServerAway: nobody knows whether a bench came.
        """
        wait = grant.ready_at - self._monotonic() - early_seconds
        if not grant.granted or wait <= 0:
            return grant
        await asyncio.sleep(wait)
        if not await self._bench.came_before(grant):
            return grant
        await self.settle(grant, Settlement.NEVER_SENT)
        until = self._bench.wait_seconds(grant.provider, grant.operation)
        if not 0 < until < math.inf:
            until = self._patience.look_again
        return replace(
            grant,
            granted=False,
            wait_seconds=until,
            paced_by=LimitedBy.BENCH,
            turn_at=0,
        )

    def pace(self, provider: ProviderName) -> float:
        """Return how many seconds lie between calls while work waits."""
        return self._limits[provider].slowest_window_pace()

    def spare(self, provider: ProviderName) -> float:
        """Return the share of the quota that was left last; 1 without a quota."""
        quota, remaining = self._limits[provider].quota, self._seen[provider].remaining
        if self._bench.wait_seconds(provider, "") > 0:
            return 0.0
        if quota is None or remaining is None:
            return 1.0
        return remaining / quota.calls

    async def settle(self, grant: Reservation, settlement: Settlement) -> None:
        """Record the outcome of a reserved call; safe to repeat."""
        if settlement is Settlement.SPENT or not grant.granted or not grant.turn_at:
            return
        limits = self._limits[grant.provider]
        seen = self._seen[grant.provider]
        never_sent = settlement is Settlement.NEVER_SENT
        if never_sent and seen.last and seen.last.reservation == grant.reservation:
            # before Redis hears of it: what is given back is not missed
            seen.last = None
        arguments = [
            grant.reservation,
            lane_letter(grant.lane),
            quota_bucket(grant.turn_at, limits),
            str(int(never_sent)),
        ]

        async def give_back(redis: Redis) -> None:
            script = redis.register_script(self._return_script)
            await script(budget_keys(grant, limits).for_return(), arguments)

        try:
            await self._link.ask("settle", give_back)
        except ServerAway:
            return  # it stays spent: slower, never faster

    async def _take(self, call: Call) -> tuple[Reservation, frozenset[Question]]:
        seen = self._seen[call.provider]
        asked_at = self._monotonic()
        reply = await self._ask(call, seen)
        answered_at = self._monotonic()
        grant, owned = await self._shared(call, seen, reply)
        await self._must_be_of_use(grant, answered_at - asked_at)
        # Redis' clock was read between the two
        due_at = asked_at + grant.wait_seconds
        ready_at = answered_at + grant.wait_seconds
        return replace(grant, due_at=due_at, ready_at=ready_at), owned

    async def _must_be_of_use(self, grant: Reservation, seconds: float) -> None:
        """Refuse a Redis that is too slow for any turn. Raises ServerAway."""
        now = self._monotonic()
        if seconds <= SLOW_SECONDS:
            self._slow = 0
            return
        self._slow_since = self._slow_since if self._slow else now - seconds
        self._slow += 1
        lasts = now - self._slow_since
        if self._slow >= SLOW_IN_A_ROW and lasts >= SLOW_FOR_SECONDS:
            await self.settle(grant, Settlement.NEVER_SENT)
            raise ServerAway(
                f"Redis answers in {seconds:.2f} s: every turn has passed by then"
            )

    async def _shared(
        self, call: Call, seen: _Seen, reply: Reply
    ) -> tuple[Reservation, frozenset[Question]]:
        """Learn from what Redis said, and pass it on."""
        grant = reply.grant
        if grant.remaining is not None:
            seen.remaining = grant.remaining
            metrics.RATE_LIMIT_REMAINING.labels(call.provider).set(grant.remaining)
        is_benched = grant.paced_by in (LimitedBy.BENCH, LimitedBy.PAUSE)
        knows = self._bench.wait_seconds(call.provider, call.operation) > 0
        if is_benched != knows:
            # others' benches must hold for calls of ours that have their turn already
            await self._bench.state(grant.provider)
        if not grant.granted:
            return grant, frozenset()
        seen.last = grant
        waits = metrics.BUDGET_WAITS.labels(grant.provider, grant.paced_by)
        waits.observe(grant.wait_seconds)
        claimed = call.claim.questions if call.claim is not None else ()
        flags = zip(claimed, reply.owned, strict=True)
        return grant, frozenset(question for question, is_ours in flags if is_ours)

    async def _ask(self, call: Call, seen: _Seen) -> Reply:
        limits = self._limits[call.provider]
        keys = budget_keys(call, limits).for_take(call.claim)

        days = await self._days(call.provider) if not seen.epoch else None

        async def run(redis: Redis) -> list[Any]:
            past = Past(seen.epoch, seen.remaining, seen.last, days)
            asked = question(call, limits, past, self._patience)
            script = redis.register_script(self._take_script)
            answer: list[Any] = await script(keys, [orjson.dumps(asked)])
            return answer

        for _ in range(_EPOCH_TRIES):
            if self._bench.must_restore:
                await self._bench.restore()
            answer = await self._link.ask("take", run)
            reply = read_reply(call, answer)
            seen.epoch = reply.epoch
            if not reply.past_lost:
                return reply
            seen.last = None
            # Redis has lost something: the benches first, then the turn
            self._bench.must_restore = True
        raise ServerAway("Redis loses its memory again and again")

    async def _days(self, provider: ProviderName) -> DaysSpent | None:
        """Return what the ledger says, where its days are those of the quota."""
        quota = self._limits[provider].quota
        if self._ledger is None or quota is None or quota.seconds < LEDGER_SECONDS:
            return None
        return await self._ledger(provider)
