"""
One allowance per provider for the whole cluster: take a turn, or be told when.

A turn may lie in the future: the caller sleeps until then and nobody polls, order is
kept, and no call is lost while work waits. Without Redis: a small local share.
"""

import asyncio
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import orjson
from redis.asyncio import Redis

from enrichment.contract import metrics
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench import Bench
from enrichment.lookup.grants import Grant, LeaseClaim, PacedBy, Settlement
from enrichment.lookup.limits import Limits
from enrichment.lookup.local_share import LocalShare
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.turn_script import (
    Call,
    Past,
    Patience,
    Reply,
    budget_keys,
    lane_letter,
    question,
    quota_bucket,
    read_reply,
)
from enrichment.tracks import ProviderName, Question

__all__ = ["Grant", "LeaseClaim", "PacedBy", "RateBudget", "Settlement"]

# Nobody holds a promise for longer: later turns wait in Postgres.
MAX_WAIT_SECONDS = 30.0
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

    share: LocalShare
    epoch: str = ""
    remaining: int | None = None
    last: Grant | None = None


class RateBudget:
    """
    The providers' allowances.

    Args:
        limits: every provider that is asked must be in it.
        max_workers: divides the allowance when Redis is away.
        monotonic: seconds of this process, for the local share alone.
    """

    def __init__(
        self,
        link: RedisLink,
        limits: Mapping[ProviderName, Limits],
        bench: Bench,
        *,
        max_workers: int = 16,
        patience: Patience = _PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
        rand: Callable[[], float] = random.random,
    ) -> None:
        self._link = link
        self._limits = dict(limits)
        self._bench = bench
        self._patience = patience
        self._monotonic = monotonic
        self._seen = {
            provider: _Seen(LocalShare(limit, max_workers, rand()))
            for provider, limit in self._limits.items()
        }
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
    ) -> Grant:
        """
        Take a turn within `max_wait_seconds`, or learn when to come again.

        Answers at once while Redis does; without it, sleeps until the local turn.

        Args:
            reservation: unique to the call; the same one again counts once.
            group: endpoint group, where the provider counts each by itself.
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
    ) -> tuple[Grant, frozenset[Question]]:
        """
        Lease questions and take a turn for them in one step; both or neither.

        Gives those that are ours to ask. When others ask them all, no turn is taken
        and `paced_by` is LEASED. Who is granted hands the questions to `Leases.hold`.
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

    async def wait_for_turn(self, grant: Grant) -> Grant:
        """
        Sleep until a granted turn; gives it, or a refusal if a bench came meanwhile.

        What was promised before a provider refused must not be asked after it did.
        """
        if not grant.granted or grant.wait_seconds <= 0:
            return grant
        await asyncio.sleep(grant.wait_seconds)
        if not await self._bench.came_before(grant):
            return grant
        await self.settle(grant, Settlement.NEVER_SENT)
        wait = self._bench.wait_seconds(grant.provider, grant.operation)
        if not 0 < wait < math.inf:
            wait = self._patience.look_again
        return replace(
            grant, granted=False, wait_seconds=wait, paced_by=PacedBy.BENCH, turn_at=0
        )

    def pace(self, provider: ProviderName) -> float:
        """Say how many seconds lie between calls while work waits."""
        return self._limits[provider].slowest_window_pace()

    def spare(self, provider: ProviderName) -> float:
        """Say which share of the quota was left when last seen; 1 without a quota."""
        quota, remaining = self._limits[provider].quota, self._seen[provider].remaining
        if self._bench.wait_seconds(provider, "") > 0:
            return 0.0
        if quota is None or remaining is None:
            return 1.0
        return remaining / quota.calls

    async def settle(self, grant: Grant, settlement: Settlement) -> None:
        """Tell what became of a granted call; once is enough, twice does no harm."""
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

    async def _take(self, call: Call) -> tuple[Grant, frozenset[Question]]:
        seen = self._seen[call.provider]
        deadline = self._monotonic() + call.max_wait
        surely = False
        while True:
            asked_at = self._monotonic()
            try:
                reply = await self._ask(call, seen, surely=surely)
            except ServerAway:
                now = self._monotonic()
                wait, paced_by = self._local_wait(call, seen, now)
                if now + wait > deadline:
                    wait = self._patience.look_again if wait == math.inf else wait
                    return _local_grant(call, paced_by, wait), frozenset()
                if wait > 0:
                    # no local turn is promised: Redis may be back before it
                    await asyncio.sleep(min(wait, self._link.retry_seconds))
                elif surely:
                    seen.share.use(now)
                    grant = _local_grant(call, paced_by, None)
                    return replace(grant, due_at=now), _claimed(call)
                surely = wait <= 0
            else:
                grant, owned = await self._shared(call, seen, reply)
                due_at = asked_at + grant.wait_seconds
                return replace(grant, due_at=due_at), owned

    async def _shared(
        self, call: Call, seen: _Seen, reply: Reply
    ) -> tuple[Grant, frozenset[Question]]:
        """Learn from what Redis said, and pass it on."""
        seen.share.back()
        grant = reply.grant
        if grant.remaining is not None:
            seen.remaining = grant.remaining
            metrics.RATE_LIMIT_REMAINING.labels(call.provider).set(grant.remaining)
        is_benched = grant.paced_by in (PacedBy.BENCH, PacedBy.PAUSE)
        knows = self._bench.wait_seconds(call.provider, call.operation) > 0
        if is_benched != knows:
            # others' benches must hold here as well, should Redis go away
            await self._bench.state(grant.provider)
        if not grant.granted:
            return grant, frozenset()
        seen.last = grant
        waits = metrics.BUDGET_WAITS.labels(grant.provider, grant.paced_by)
        waits.observe(grant.wait_seconds)
        claimed = call.claim.questions if call.claim is not None else ()
        flags = zip(claimed, reply.owned, strict=True)
        return grant, frozenset(question for question, is_ours in flags if is_ours)

    async def _ask(self, call: Call, seen: _Seen, *, surely: bool) -> Reply:
        limits = self._limits[call.provider]
        keys = budget_keys(call, limits).for_take(call.claim)

        async def run(redis: Redis) -> list[Any]:
            asked = question(call, limits, self._past(seen), self._patience)
            script = redis.register_script(self._take_script)
            answer: list[Any] = await script(keys, [orjson.dumps(asked)])
            return answer

        for _ in range(_EPOCH_TRIES):
            if self._bench.must_restore:
                await self._bench.restore()
            answer = await self._link.ask("take", run, surely=surely)
            reply = read_reply(call, answer)
            seen.epoch = reply.epoch
            if not reply.past_lost:
                return reply
            seen.last = None
            # Redis has lost something: the benches first, then the turn
            self._bench.must_restore = True
        raise ServerAway("Redis loses its memory again and again")

    def _past(self, seen: _Seen) -> Past:
        turn = seen.share.last_turn_of_any
        ago = None
        if turn is not None:
            # another worker may have looked one interval later than we did
            ago = self._monotonic() - turn - self._link.retry_seconds
        return Past(seen.epoch, seen.remaining, ago, seen.last)

    def _local_wait(self, call: Call, seen: _Seen, now: float) -> tuple[float, PacedBy]:
        """Say when this worker's own small share has a turn; infinite for never."""
        has_quota = self._limits[call.provider].quota is not None
        seen.share.away(now, seen.remaining if has_quota else None)
        benched = self._bench.wait_seconds(call.provider, call.operation)
        if benched > 0:
            return benched, PacedBy.BENCH
        return seen.share.wait(now), PacedBy.LOCAL


def _local_grant(call: Call, paced_by: PacedBy, refused_for: float | None) -> Grant:
    return Grant(
        call.provider,
        call.reservation,
        granted=refused_for is None,
        wait_seconds=refused_for or 0.0,
        paced_by=paced_by,
        lane=call.lane,
        operation=call.operation,
        group=call.group,
    )


def _claimed(call: Call) -> frozenset[Question]:
    # without Redis nobody can be asked whose a question is
    return frozenset(call.claim.questions if call.claim is not None else ())
