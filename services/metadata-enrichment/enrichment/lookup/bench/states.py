"""A bench as a value: how long a refusal keeps all away, and what ends it; pure."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from enrichment.model import ProviderName

# When the provider does not say how long: 1, 5, 15, 30 min, 1, 3, 6, 12, 24 h.
LADDER_SECONDS: tuple[float, ...] = tuple(
    60.0 * minutes for minutes in (1, 5, 15, 30, 60, 180, 360, 720, 1440)
)
# No bench lasts longer, whatever a provider or a damaged entry says.
LONGEST_SECONDS = 365 * 86_400.0
# Benches the whole provider.
ALL_OPERATIONS = ""
# An operator's pause is beside the benches, under a name that no operation has.
PAUSE = "*"


class BenchReason(StrEnum):
    """Why a provider, or one operation of it, is not asked."""

    RATE = "rate"
    QUOTA = "quota"
    SHEDDING = "shedding"
    AUTH = "auth"
    CAPABILITY = "capability"
    BAN = "ban"
    PAUSED = "paused"


# Where the ladder begins: a closed endpoint does not open in a minute, a quota is not
# refilled in one, and a wrong key should be noticed as right soon after it was set.
FIRST_RUNGS: Mapping[BenchReason, int] = MappingProxyType(
    {
        BenchReason.AUTH: 1,
        BenchReason.BAN: 3,
        BenchReason.QUOTA: 4,
        BenchReason.CAPABILITY: 4,
    }
)
# For these a rung is left only after as long as it lasted; a rate is forgiven at once.
_SLOW_TO_FORGIVE = frozenset(
    {BenchReason.AUTH, BenchReason.BAN, BenchReason.QUOTA, BenchReason.CAPABILITY}
)


@dataclass(frozen=True, slots=True)
class BenchState:
    """
    One bench, in force, over but not yet probed, or ended.

    Args:
        operation: `ALL_OPERATIONS`, `PAUSE`, or the one operation that is closed.
        until: Unix seconds; of no meaning for a pause.
        step: rungs climbed; it outlives the bench and falls with success.
        ended: a probe came through, or an operator said so.
        changed_at: Unix seconds; of two states the later is the true one.
    """

    provider: ProviderName
    operation: str
    reason: BenchReason
    until: float
    step: int
    ended: bool
    changed_at: float

    def is_in_force(self, now: float) -> bool:
        """Whether nobody, not even a probe, may ask."""
        if self.ended:
            return False
        return self.operation == PAUSE or self.until > now

    def encode(self) -> str:
        """Return JSON, the same for the same state."""
        return json.dumps(asdict(self), sort_keys=True)


def decode(text: str | bytes) -> BenchState:
    """Read what `encode` gave. Raises ValueError, KeyError or TypeError."""
    body = json.loads(text)
    changed_at, until = float(body["changed_at"]), float(body["until"])
    if not (math.isfinite(changed_at) and until <= changed_at + LONGEST_SECONDS):
        raise ValueError("a bench without an end")
    return BenchState(
        provider=ProviderName(body["provider"]),
        operation=str(body["operation"]),
        reason=BenchReason(body["reason"]),
        until=until,
        step=int(body["step"]),
        ended=bool(body["ended"]),
        changed_at=changed_at,
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    What a provider's refusal says.

    Args:
        retry_after: seconds, obeyed up to a year; None or 0 when it said nothing.
        in_steps: begins on the lowest rung: good answers came before the refusal.
    """

    provider: ProviderName
    reason: BenchReason
    retry_after: float | None = None
    operation: str = ALL_OPERATIONS
    in_steps: bool = False


def after_refusal(
    state: BenchState | None,
    refusal: Refusal,
    now: float,
    ladder: Sequence[float] = LADDER_SECONDS,
) -> BenchState:
    """Return the bench after a refusal; calls that were under way climb no rung."""
    asked_for = min(refusal.retry_after or 0.0, LONGEST_SECONDS)
    said = asked_for if asked_for > 0 else None
    if state is not None and state.is_in_force(now):
        if said is None or now + said <= state.until:
            return state
        return replace(state, reason=refusal.reason, until=now + said, changed_at=now)
    step = state.step if state is not None else 0
    if said is None:
        first = 0 if refusal.in_steps else FIRST_RUNGS.get(refusal.reason, 0)
        rung = max(step, first)
        rung = min(rung, len(ladder) - 1)
        said, step = ladder[rung], rung + 1
    return BenchState(
        provider=refusal.provider,
        operation=refusal.operation,
        reason=refusal.reason,
        until=now + said,
        step=step,
        ended=False,
        changed_at=now,
    )


def after_success(
    state: BenchState,
    now: float,
    *,
    probe: bool,
    ladder: Sequence[float] = LADDER_SECONDS,
) -> BenchState:
    """Return the bench after a call that was answered; only a probe ends it."""
    if not state.ended and not (probe and state.until <= now):
        return state
    step = max(0, state.step - 1)
    if state.reason in _SLOW_TO_FORGIVE:
        # a provider that banned us answers at first, and bans again half a minute on
        open_for = now - state.changed_at if state.ended else 0.0
        rung = ladder[min(step, len(ladder) - 1)]
        step = step if open_for >= rung else state.step
    if state.ended and step == state.step:
        return state
    return replace(state, ended=True, step=step, changed_at=now)


def latest(states: Sequence[BenchState]) -> dict[tuple[ProviderName, str], BenchState]:
    """Return the last word on each operation."""
    ordered = sorted(states, key=lambda state: state.changed_at)
    return {(state.provider, state.operation): state for state in ordered}
