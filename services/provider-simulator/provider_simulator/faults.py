"""Faults by script: which call of which provider fails how, how often, until when."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    """What can go wrong with a call of any provider; folders add their own."""

    RATE_LIMITED = "rate_limited"  # the provider's usual refusal, with Retry-After
    RATE_LIMITED_PLAIN_TEXT = "rate_limited_plain_text"  # 429, 17 bytes, no JSON
    QUOTA = "quota"  # 429 QUOTA_EXCEEDED with a Retry-After of hours
    BUSY = "busy"  # 503, their load, not ours
    OVER_RATE = "over_rate"  # 503, this address is over its rate
    SERVER_ERROR = "server_error"  # 500
    TIMEOUT = "timeout"  # silence for `seconds`, then the connection is closed
    SLOW = "slow"  # the right answer, `seconds` late
    TRUNCATED = "truncated"  # 200, JSON cut in the middle
    ERROR_BODY = "error_body"  # 200 that carries an error
    EMPTY = "empty"  # 200, a count of hits and no hits
    EMPTY_BODY = "empty_body"  # 200 without a byte
    RESET = "reset"  # the connection is reset
    UNAUTHORIZED = "unauthorized"  # 401
    FORBIDDEN = "forbidden"  # 403 of the account
    CAPABILITY_CLOSED = "capability_closed"  # 403 of an endpoint that is gone
    # refusals in forms that no documentation shows
    EDGE_EMPTY = "edge_empty"  # `status`, 404 unless told, without a body
    EDGE_PAGE = "edge_page"  # `status`, 403 unless told, with a page of HTML
    GONE = "gone"  # 410
    MAINTENANCE = "maintenance"  # 503, a page, with Retry-After
    # right answers with bytes that are none in a field that nobody reads
    BYTE_ORDER_MARK = "byte_order_mark"
    BROKEN_BYTE = "broken_byte"
    HALF_SURROGATE = "half_surrogate"
    CONTROL_CHARACTER = "control_character"
    # right answers whose rows are odd
    NULL_ROWS = "null_rows"
    NAMELESS_ROWS = "nameless_rows"
    HOLED_DATES = "holed_dates"
    SECONDS = "seconds"  # where milliseconds belong


class FaultInvalid(ValueError):  # noqa: N818 - it says what is the matter
    """A scripted fault that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One line of the script.

    Args:
        kind: a `FaultKind`, or one that the provider's folder adds.
        operation: of the provider ("search", "token", "track.getInfo"), or "*" for
            all but the token endpoint, which must be named.
        probability: share of matching calls that fail.
        count: fail that many calls, then no more; None is without end.
        lasts_seconds: simulated seconds from the moment it is set; None is forever.
        until: simulated time it ends at, set when the script takes it.
        retry_after: simulated seconds to ask for; None is what is left of
            `lasts_seconds`, or the provider's usual number.
        seconds: of silence or slowness, simulated.
        error: the number of an error that a body tells, for `error_body`.
        status: HTTP status of the kinds that name it; None is their usual one.
    """

    provider: str
    kind: str
    operation: str = "*"
    probability: float = 1.0
    count: int | None = None
    lasts_seconds: float | None = None
    until: float | None = None
    retry_after: float | None = None
    seconds: float = 30.0
    error: int = 8
    status: int | None = None

    def matches(self, provider: str, operation: str) -> bool:
        """Return whether a call is one of those meant."""
        if provider != self.provider:
            return False
        if self.operation == "*":
            return operation != "token"
        return operation == self.operation

    def asked_wait(self, now: float, usual: float) -> float:
        """Return the simulated seconds of its Retry-After."""
        if self.retry_after is not None:
            return self.retry_after
        return self.until - now if self.until is not None else usual


def fault_from(row: Mapping[str, object], kinds: Sequence[str]) -> Fault:
    """Read a fault of those kinds; raises `FaultInvalid` with the reason."""
    names = set(Fault.__dataclass_fields__) - {"until"}
    if unknown := sorted(set(row) - names):
        raise FaultInvalid(f"unknown: {', '.join(unknown)}; known: {sorted(names)}")
    kind = next((known for known in kinds if known == row.get("kind")), None)
    if kind is None:
        raise FaultInvalid(f"kind must be one of {', '.join(kinds)}")
    return Fault(
        provider=str(row["provider"]),
        kind=kind,
        operation=str(row.get("operation", "*")),
        probability=_number(row, "probability", 1.0, most=1.0),
        count=_whole(row, "count"),
        lasts_seconds=_optional(row, "lasts_seconds"),
        retry_after=_optional(row, "retry_after"),
        seconds=_number(row, "seconds", 30.0),
        error=_whole(row, "error") or 8,
        status=_whole(row, "status"),
    )


class FaultScript:
    """The faults in force; the first one that matches a call strikes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._faults: list[Fault] = []

    def add(self, faults: Iterable[Fault], now: float) -> None:
        """Put faults into force from now on."""
        for fault in faults:
            until = fault.until
            if fault.lasts_seconds is not None:
                until = now + fault.lasts_seconds
            self._faults.append(replace(fault, until=until))

    def clear(self) -> None:
        """End all faults."""
        self._faults.clear()

    def in_force(self, now: float) -> tuple[Fault, ...]:
        """Return the faults that can still strike."""
        self._faults = [
            fault
            for fault in self._faults
            if (fault.until is None or now < fault.until) and fault.count != 0
        ]
        return tuple(self._faults)

    def strike(self, provider: str, operation: str, now: float) -> Fault | None:
        """Return which fault, if any, a call meets."""
        for place, fault in enumerate(self.in_force(now)):
            if not fault.matches(provider, operation):
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if fault.count is not None:
                self._faults[place] = replace(fault, count=fault.count - 1)
            return fault
        return None


def _number(
    row: Mapping[str, object], name: str, default: float, most: float = math.inf
) -> float:
    value = row.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FaultInvalid(f"{name} must be a number")
    if not 0 <= value <= most:
        raise FaultInvalid(f"{name} must be between 0 and {most}")
    return float(value)


def _optional(row: Mapping[str, object], name: str) -> float | None:
    return None if row.get(name) is None else _number(row, name, 0.0)


def _whole(row: Mapping[str, object], name: str) -> int | None:
    value = _optional(row, name)
    return None if value is None else int(value)
