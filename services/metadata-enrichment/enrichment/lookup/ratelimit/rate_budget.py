"""
One allowance per provider for all workers: reserve a call, or hear when to ask again.

The time of a reservation may lie in the future: the caller sleeps until then and nobody
polls, order is kept, and no call is lost while work waits. Without Redis nothing is
reserved.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import orjson
from redis.asyncio import Redis

from enrichment.contract import metrics
from enrichment.contract.keys import bench_key, budget_key, probe_key
from enrichment.contract.messages import Lane
from enrichment.errors import ServerAway
from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.ratelimit.budget_script import (
    MICROS,
    DaysSpent,
    Patience,
    fixed_part,
)
from enrichment.lookup.ratelimit.reservation import (
    LeaseClaim,
    LimitedBy,
    Reservation,
    Settlement,
)
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName, Question
from enrichment.providers.allowance import Limits

__all__ = ["LeaseClaim", "LimitedBy", "RateBudget", "Reservation", "Settlement"]

# Nobody holds a promise for longer: later calls wait in Postgres.
MAX_WAIT_SECONDS = 30.0
# A reservation is of no use when Redis takes this long to give it: it has passed …
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
# Fresh work, which has the reserve, and work that is patient.
_LETTERS = {lane: "m" if lane is Lane.MAIN else "b" for lane in Lane}


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that wants a reservation; `id` is unique to it."""

    provider: ProviderName
    id: str
    lane: Lane
    operation: str
    max_wait_seconds: float
    claim: LeaseClaim | None = None


@dataclass(slots=True)
class _Seen:
    """
    What this process knows of one provider's budget.

    Args:
        fixed: the part of a question to the script that is always the same.
        epoch: which life of the budget it was; another one means its past is lost.
        last: a reservation that Redis must remember, or its last second is lost.
    """

    limits: Limits
    fixed: Mapping[str, object]
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
        self._bench = bench
        self._patience = patience
        self._ledger = ledger
        self._monotonic = monotonic
        self._seen = {
            provider: _Seen(of_one, fixed_part(of_one, patience))
            for provider, of_one in limits.items()
        }
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
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> Reservation:
        """
        Reserve a call within `max_wait_seconds`, or learn when to ask again.

        Args:
            reservation: unique to the call; the same one again counts once.

        Raises:
            ServerAway: without the shared budget, or with one that answers too late,
                nothing is reserved.
        """
        call = _Call(provider, reservation, lane, operation, max_wait_seconds)
        made, _ = await self._take(call)
        return made

    async def take_with_leases(
        self,
        claim: LeaseClaim,
        *,
        lane: Lane,
        reservation: str,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> tuple[Reservation, frozenset[Question]]:
        """
        Lease questions and reserve a call for them in one step; both or neither.

        Gives those that are ours to ask. When others ask them all, nothing is reserved
        and `paced_by` is LEASED. Who is granted hands the questions to `Leases.hold`.

        Raises:
            ServerAway: as for `take`.
        """
        first = claim.questions[0]
        return await self._take(
            _Call(
                first.provider,
                reservation,
                lane,
                first.operation,
                max_wait_seconds,
                claim,
            )
        )

    async def wait_until_due(
        self, reservation: Reservation, *, early_seconds: float = 0.0
    ) -> Reservation:
        """
        Sleep until it is time; gives a refusal instead if a bench came meanwhile.

        What was promised before a provider refused must not be asked after it did.

        Args:
            early_seconds: return so long before the time.

        Raises:
            ServerAway: nobody knows whether a bench came.
        """
        wait = reservation.ready_at - self._monotonic() - early_seconds
        if not reservation.granted or wait <= 0:
            return reservation
        await asyncio.sleep(wait)
        if not await self._bench.came_before(reservation):
            return reservation
        await self.settle(reservation, Settlement.NEVER_SENT)
        until = self._bench.known.wait_seconds(
            reservation.provider, reservation.operation
        )
        if not 0 < until < math.inf:
            until = self._patience.look_again
        return replace(
            reservation,
            granted=False,
            wait_seconds=until,
            paced_by=LimitedBy.BENCH,
            turn_at=0,
        )

    def spare(self, provider: ProviderName) -> float:
        """Return the share of the quota that was left last; 1 without a quota."""
        seen = self._seen[provider]
        if self._bench.known.wait_seconds(provider, "") > 0:
            return 0.0
        if seen.limits.quota is None or seen.remaining is None:
            return 1.0
        return seen.remaining / seen.limits.quota.calls

    async def settle(self, reservation: Reservation, settlement: Settlement) -> None:
        """Record the outcome of a reserved call; safe to repeat."""
        if settlement is Settlement.SPENT or not (
            reservation.granted and reservation.turn_at
        ):
            return
        provider, seen = reservation.provider, self._seen[reservation.provider]
        never_sent = settlement is Settlement.NEVER_SENT
        if never_sent and seen.last and seen.last.id == reservation.id:
            # before Redis hears of it: what is given back is not missed
            seen.last = None
        quota = seen.limits.quota
        bucket = quota and reservation.turn_at // round(
            quota.seconds / quota.buckets * MICROS
        )
        keys = [
            budget_key(provider, "reservation", reservation.id),
            budget_key(provider, "turns"),
            budget_key(provider, "quota", ""),
            probe_key(provider, ""),
            probe_key(provider, reservation.operation),
        ]
        arguments = [
            reservation.id,
            _LETTERS[reservation.lane],
            "" if bucket is None else str(bucket),
            str(int(never_sent)),
        ]

        async def give_back(redis: Redis) -> None:
            await redis.register_script(self._return_script)(keys, arguments)

        try:
            await self._link.ask("settle", give_back)
        except ServerAway:
            return  # it stays spent: slower, never faster

    async def _take(self, call: _Call) -> tuple[Reservation, frozenset[Question]]:
        seen = self._seen[call.provider]
        asked_at = self._monotonic()
        made, owned = await self._ask(call, seen)
        answered_at = self._monotonic()
        await self._learn(call, seen, made)
        await self._must_be_of_use(made, answered_at - asked_at)
        # Redis' clock was read between the two
        due_at = asked_at + made.wait_seconds
        ready_at = answered_at + made.wait_seconds
        return replace(made, due_at=due_at, ready_at=ready_at), owned

    async def _must_be_of_use(self, made: Reservation, seconds: float) -> None:
        """Refuse a Redis that is too slow for any reservation. Raises ServerAway."""
        now = self._monotonic()
        if seconds <= SLOW_SECONDS:
            self._slow = 0
            return
        self._slow_since = self._slow_since if self._slow else now - seconds
        self._slow += 1
        lasts = now - self._slow_since
        if self._slow >= SLOW_IN_A_ROW and lasts >= SLOW_FOR_SECONDS:
            await self.settle(made, Settlement.NEVER_SENT)
            raise ServerAway(
                f"Redis answers in {seconds:.2f} s: every turn has passed by then"
            )

    async def _learn(self, call: _Call, seen: _Seen, made: Reservation) -> None:
        """Remember what Redis said, and tell the metrics."""
        if made.remaining is not None:
            seen.remaining = made.remaining
            metrics.RATE_LIMIT_REMAINING.labels(call.provider).set(made.remaining)
        is_benched = made.paced_by in (LimitedBy.BENCH, LimitedBy.PAUSE)
        knows = self._bench.known.wait_seconds(call.provider, call.operation) > 0
        if is_benched != knows:
            # others' benches must hold for calls of ours that are reserved already
            await self._bench.state(made.provider)
        if made.granted:
            seen.last = made
            waits = metrics.BUDGET_WAITS.labels(made.provider, made.paced_by)
            waits.observe(made.wait_seconds)

    async def _ask(
        self, call: _Call, seen: _Seen
    ) -> tuple[Reservation, frozenset[Question]]:
        keys = _keys(call)
        days = await self._days(call.provider) if not seen.epoch else None

        async def run(redis: Redis) -> list[Any]:
            script = redis.register_script(self._take_script)
            answer: list[Any] = await script(
                keys, [orjson.dumps(_asked(call, seen, days))]
            )
            return answer

        for _ in range(_EPOCH_TRIES):
            if self._bench.must_restore:
                await self._bench.restore()
            status, *answer = await self._link.ask("take", run)
            seen.epoch = answer[5].decode()
            if status != b"epoch":
                return _read(call, answer, granted=status == b"granted")
            seen.last = None
            # Redis has lost something: the benches first, then the reservation
            self._bench.must_restore = True
        raise ServerAway("Redis loses its memory again and again")

    async def _days(self, provider: ProviderName) -> DaysSpent | None:
        """Return what the ledger says, where its days are those of the quota."""
        quota = self._seen[provider].limits.quota
        if self._ledger is None or quota is None or quota.seconds < LEDGER_SECONDS:
            return None
        return await self._ledger(provider)


def _keys(call: _Call) -> list[str]:
    """Return the keys in the order of `rate_budget.lua`, leases last."""
    provider = call.provider
    return [
        budget_key(provider, "state"),
        budget_key(provider, "turns"),
        budget_key(provider, "reservation", call.id),
        budget_key(provider, "quota", ""),
        bench_key(provider),
        probe_key(provider, ""),
        probe_key(provider, call.operation),
        *(call.claim.keys if call.claim is not None else ()),
    ]


def _asked(call: _Call, seen: _Seen, days: DaysSpent | None) -> dict[str, object]:
    """Return the question to the script; every time in microseconds."""
    body: dict[str, object] = {
        **seen.fixed,
        "reservation": call.id,
        "operation": call.operation,
        "lane": _LETTERS[call.lane],
        "max_wait": round(call.max_wait_seconds * MICROS),
        "epoch": seen.epoch,
    }
    quota = seen.limits.quota
    if quota is not None:
        known = quota.calls if seen.remaining is None else seen.remaining
        body["spent"] = quota.calls - known
    if days is not None:
        body["days"] = {
            "today": days.today,
            "yesterday": days.yesterday,
            "since_midnight": round(days.since_midnight * MICROS),
        }
    if seen.last is not None:
        body["last"] = f"{_LETTERS[seen.last.lane]}:{seen.last.id}"
        body["last_turn"] = seen.last.turn_at
    if call.claim is not None:
        body["owner"] = call.claim.owner
        body["lease"] = round(call.claim.lease_seconds * MICROS)
    return body


def _read(
    call: _Call, answer: Sequence[Any], *, granted: bool
) -> tuple[Reservation, frozenset[Question]]:
    """Read the script's array behind its status; with the questions that are ours."""
    wait, turn, paced_by, probe, step, _, remaining, *flags = answer
    made = Reservation(
        provider=call.provider,
        id=call.id,
        granted=granted,
        wait_seconds=int(wait) / MICROS,
        paced_by=LimitedBy(paced_by.decode() or LimitedBy.NONE),
        lane=call.lane,
        operation=call.operation,
        turn_at=int(turn),
        probe=bool(probe),
        step=int(step),
        remaining=None if int(remaining) < 0 else int(remaining),
    )
    if call.claim is None or not granted:
        return made, frozenset()
    claimed = zip(call.claim.questions, flags, strict=True)
    return made, frozenset(question for question, is_ours in claimed if is_ours)
