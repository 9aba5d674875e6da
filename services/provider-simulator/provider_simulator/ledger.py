"""What was asked, when, by whom, and the outcome: the only judge of claims."""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO


class Outcome(StrEnum):
    """The outcome of a call."""

    ANSWERED = "answered"  # 2xx, or "no such thing": the provider did its work
    REJECTED = "rejected"  # the caller's own mistake: 400, 401, 403, bad key
    REFUSED = "refused"  # over a limit: what must never happen
    SHED = "shed"  # "busy", whoever asks
    FAULT = "fault"  # scripted


@dataclass(slots=True)
class Call:
    """
    One request, written when it comes and completed when it is answered.

    Args:
        real_at: seconds of the epoch.
        simulated_at: seconds of the simulated clock.
        asked: query text or ISRCs, shortened.
        members: how many questions it holds (OR members, ids, resources).
        fault: the kind of the scripted fault, if one struck.
    """

    real_at: float
    simulated_at: float
    provider: str
    operation: str
    asked: str
    members: int
    user_agent: str
    peer: str
    status: int | None = None
    outcome: Outcome | None = None
    fault: str | None = None
    seconds: float | None = None


class Ledger:
    """Every call since the last reset, in the order of arrival."""

    def __init__(self, path: Path | None = None) -> None:
        self.calls: list[Call] = []
        self._file: TextIO | None = None
        if path is not None:
            self._file = path.open("a", encoding="utf-8", buffering=1)

    def open(self, call: Call) -> Call:
        """Write a call down as it arrives."""
        self.calls.append(call)
        return call

    def complete(
        self, call: Call, status: int | None, outcome: Outcome, at: float
    ) -> None:
        """Write down the outcome of a call; flushed, so that it survives a kill."""
        call.status = status
        call.outcome = outcome
        call.seconds = at - call.simulated_at
        if self._file is not None:
            self._file.write(json.dumps(asdict(call), ensure_ascii=False) + "\n")

    def reset(self) -> None:
        """Forget all calls (a file keeps its lines)."""
        self.calls = []

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def of(self, provider: str, since: float = 0.0) -> list[Call]:
        """Return a provider's calls but those for tokens."""
        return [
            call
            for call in self.calls
            if call.provider == provider
            and call.operation != "token"
            and call.simulated_at >= since
        ]

    def refusals(self, provider: str) -> int:
        """Count a provider's refused calls."""
        return sum(call.outcome is Outcome.REFUSED for call in self.of(provider))

    def summary(self, provider: str) -> dict[str, Any]:
        """Count a provider's calls by their outcome."""
        calls = self.of(provider)
        outcomes = Counter(call.outcome for call in calls)
        times = [call.simulated_at for call in calls]
        tokens = [
            call
            for call in self.calls
            if call.provider == provider and call.operation == "token"
        ]
        return {
            "calls": len(calls),
            "answered": outcomes[Outcome.ANSWERED],
            "rejected": outcomes[Outcome.REJECTED],
            "refusals": outcomes[Outcome.REFUSED],
            "shed": outcomes[Outcome.SHED],
            "faults": outcomes[Outcome.FAULT],
            "unfinished": outcomes[None],
            "token_requests": len(tokens),
            "members": sum(call.members for call in calls),
            "by_operation": dict(Counter(call.operation for call in calls)),
            "by_status": dict(Counter(str(call.status) for call in calls)),
            "user_agents": dict(Counter(call.user_agent for call in calls)),
            "max_in_window": {
                str(seconds): busiest(times, seconds)[0]
                for seconds in (1, 5, 20, 30, 300, 86_400)
            },
            "first_at": times[0] if times else None,
            "last_at": times[-1] if times else None,
            **_spacing(times),
        }


def busiest(times: Sequence[float], seconds: float) -> tuple[int, float | None]:
    """Return the most calls in any half-open window of that length, and its start."""
    most, starts_at, first = 0, None, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        if last - first + 1 > most:
            most, starts_at = last - first + 1, times[first]
    return most, starts_at


def _spacing(times: Iterable[float]) -> dict[str, object]:
    # MusicBrainz documents one call a second: reported here, refused by its average.
    ordered = list(times)
    gaps = [later - earlier for earlier, later in itertools.pairwise(ordered)]
    return {
        "one_second_violations": sum(gap < 1.0 for gap in gaps),
        "shortest_gap_seconds": min(gaps) if gaps else None,
    }
