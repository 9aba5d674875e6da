"""What `rate_budget.lua` is asked and what it answers, in its own words; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from enrichment.contract import keys
from enrichment.contract.keys import (
    bench_key,
    budget_key,
    probe_key,
)
from enrichment.contract.messages import Lane
from enrichment.lookup.ratelimit.reservation import LeaseClaim, LimitedBy, Reservation
from enrichment.model import ProviderName, Question
from enrichment.providers.allowance import (
    BacklogWindow,
    Limits,
    Window,
    backlog_window,
)
from enrichment.providers.registry import SPECS

# A probe that nobody reports on (its worker died) is over after this.
PROBE_SECONDS = 60.0
# While another probes, or a person pauses, the rest looks again after this.
LOOK_AGAIN_SECONDS = 5.0
# How long after its turn a reservation can be given back, or asked for again.
SETTLE_SECONDS = 300.0


def lease_key(question: Question) -> str:
    """Return the key that says who is asking it, by today's requests and readings."""
    projection = SPECS[question.provider].projection
    return keys.lease_key(
        question.provider, question.operation, question.key, projection
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A call that wants a turn."""

    provider: ProviderName
    reservation: str
    lane: Lane
    operation: str
    group: str
    max_wait: float
    claim: LeaseClaim | None = None


@dataclass(frozen=True, slots=True)
class DaysSpent:
    """
    One provider's calls by the days of the call ledger.

    Args:
        since_midnight: seconds since the older day ended.
    """

    today: int
    yesterday: int
    since_midnight: float


@dataclass(frozen=True, slots=True)
class Past:
    """
    What a process knows of a budget's past, for when Redis lost it.

    Args:
        epoch: which life of the budget it has seen, "" for none.
        remaining: calls that were left when it was last seen.
        last: its last turn that was not given back.
        days: what the call ledger says, for a budget that nobody has seen.
    """

    epoch: str
    remaining: int | None
    last: Reservation | None = None
    days: DaysSpent | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long probes last and others keep away from them, seconds."""

    probe: float = PROBE_SECONDS
    look_again: float = LOOK_AGAIN_SECONDS


class Reserved(Protocol):
    """What names the keys of a reservation: a call, or the grant that came of it."""

    @property
    def provider(self) -> ProviderName: ...  # noqa: D102 (see Call)
    @property
    def reservation(self) -> str: ...  # noqa: D102
    @property
    def operation(self) -> str: ...  # noqa: D102
    @property
    def group(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class BudgetKeys:
    """The keys of one reservation, all under the provider's hash tag."""

    state: str
    turns: str
    reservation: str
    quota: str
    bench: str
    probe: str
    operation_probe: str

    def for_take(self, claim: LeaseClaim | None) -> list[str]:
        """Return them in the order of `rate_budget.lua`, leases last."""
        leases = claim.questions if claim is not None else ()
        return [
            self.state,
            self.turns,
            self.reservation,
            self.quota,
            self.bench,
            self.probe,
            self.operation_probe,
            *(lease_key(q) for q in leases),
        ]

    def for_return(self) -> list[str]:
        """Return them in the order of `rate_budget_return.lua`."""
        return [
            self.reservation,
            self.turns,
            self.quota,
            self.probe,
            self.operation_probe,
        ]


def budget_keys(call: Reserved, limits: Limits) -> BudgetKeys:
    """Name the keys of a reservation."""
    provider, quota = call.provider, limits.quota
    group = call.group if quota is not None and quota.per_group else ""
    return BudgetKeys(
        state=budget_key(provider, "state"),
        turns=budget_key(provider, "turns"),
        reservation=budget_key(provider, "reservation", call.reservation),
        quota=budget_key(provider, "quota", group),
        bench=bench_key(provider),
        probe=probe_key(provider, ""),
        operation_probe=probe_key(provider, call.operation),
    )


def question(
    call: Call, limits: Limits, past: Past, patience: Patience
) -> dict[str, object]:
    """Return what the script wants to know; every time in microseconds."""
    backlog = [backlog_window(window, limits.reserve) for window in limits.windows]
    longest = max(limits.longest_window, *(leave.seconds for leave in backlog))
    body: dict[str, object] = {
        "reservation": call.reservation,
        "operation": call.operation,
        "lane": lane_letter(call.lane),
        "max_wait": micros(call.max_wait),
        "epoch": past.epoch,
        "longest_window": micros(limits.longest_window),
        "memory": micros(longest),
        "probe": micros(patience.probe),
        "look_again": micros(patience.look_again),
        "settle": micros(SETTLE_SECONDS),
        "windows": [
            _window(window, leave)
            for window, leave in zip(limits.windows, backlog, strict=True)
        ],
    }
    quota = limits.quota
    if quota is not None:
        known = quota.calls if past.remaining is None else past.remaining
        body["spent"] = quota.calls - known
        body["quota"] = {
            "calls": quota.calls,
            "span": micros(quota.seconds),
            "bucket": micros(quota.seconds / quota.buckets),
            "reserve": int(quota.calls * limits.reserve),
        }
    if past.days is not None:
        body["days"] = {
            "today": past.days.today,
            "yesterday": past.days.yesterday,
            "since_midnight": micros(past.days.since_midnight),
        }
    if past.last is not None:
        body["last"] = f"{lane_letter(past.last.lane)}:{past.last.reservation}"
        body["last_turn"] = past.last.turn_at
    if call.claim is not None:
        body["owner"] = call.claim.owner
        body["lease"] = micros(call.claim.lease_seconds)
    return body


def _window(window: Window, leave: BacklogWindow) -> dict[str, int]:
    return {
        "calls": window.calls,
        "span": micros(window.seconds),
        "backlog_calls": leave.calls,
        "backlog_span": micros(leave.seconds),
        "reserve": leave.reserve,
        # a spacing's turn cannot be had later: the next caller may use it
        "borrow": micros(window.seconds) if window.calls == 1 else -1,
    }


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What the script answered.

    Args:
        past_lost: it was not asked for a turn yet: benches must come back first.
        owned: whether each question of the claim is ours.
    """

    past_lost: bool
    epoch: str
    grant: Reservation
    owned: tuple[bool, ...]


def read_reply(call: Call, reply: Sequence[Any]) -> Reply:
    """Read the script's array."""
    status, wait, turn, paced_by, probe, step, epoch, remaining, *owned = reply
    grant = Reservation(
        provider=call.provider,
        reservation=call.reservation,
        granted=_text(status) == "granted",
        wait_seconds=int(wait) / 1e6,
        paced_by=LimitedBy(_text(paced_by) or LimitedBy.NONE),
        lane=call.lane,
        operation=call.operation,
        group=call.group,
        turn_at=int(turn),
        probe=bool(probe),
        step=int(step),
        remaining=None if int(remaining) < 0 else int(remaining),
    )
    lost = _text(status) == "epoch"
    return Reply(lost, _text(epoch), grant, tuple(map(bool, owned)))


def quota_bucket(turn_at: int, limits: Limits) -> str:
    """Name the bucket that a turn was counted in; "" without a quota."""
    quota = limits.quota
    return str(turn_at // micros(quota.seconds / quota.buckets)) if quota else ""


def lane_letter(lane: Lane) -> str:
    """Distinguish fresh work, which has the reserve, from work that is patient."""
    return "m" if lane is Lane.MAIN else "b"


def micros(seconds: float) -> int:
    """Return microseconds, as Redis' clock counts."""
    return round(seconds * 1_000_000)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
