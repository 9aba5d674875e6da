"""
The providers: a folder each for paths, bodies, headers, errors, limits and entries.

A wire is pure: a `Query` in, a `Reply` out. `gate` decides whether a call is allowed,
fails by script or is late; how that looks is the wire's matter. `side.SIDE` of a folder
says all that the simulator needs of it.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from provider_simulator.faults import Fault
from provider_simulator.limiters import Refusal


@dataclass(frozen=True, slots=True)
class Query:
    """
    One request as a provider reads it.

    Args:
        path: below the provider's base ("/v1/search").
        params: of the address, and of a form, in their order.
        headers: names in lower case.
        line_chars: length of path and query string as sent.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    line_chars: int = 0
    peer: str = "127.0.0.1"

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter."""
        return next((value for key, value in self.params if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for key, value in self.params if key == name]


@dataclass(frozen=True, slots=True)
class Reply:
    """One response; header names are lower case."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    # The caller's own mistake; the ledger counts it apart.
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about, for limiter, script and ledger."""

    operation: str
    text: str = ""
    members: int = 1


class Wire(Protocol):
    """How one provider reads and writes."""

    name: str

    def asked(self, query: Query) -> Asked:
        """Return what a request is about."""
        ...

    def turned_away(self, query: Query) -> Reply | None:
        """Answer what never reaches the limiter: callers without a name."""
        ...

    def answer(self, query: Query) -> Reply:
        """Answer from the catalogue."""
        ...

    def refuse(self, refusal: Refusal) -> Reply:
        """Answer that the caller is over a limit."""
        ...

    def fail(self, fault: Fault, now: float) -> Reply:
        """Answer that the call failed, as a script wants it."""
        ...

    def shed(self, asked: Asked, draw: Callable[[], float]) -> Reply | None:
        """
        Answer that the server is busy, whoever asks, or nothing.

        Args:
            draw: returns a number from 0 up to 1.
        """
        ...

    def emptied(self, reply: Reply) -> Reply:
        """Take the hits out of an answer and leave their count."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """How simulated seconds are told to a caller who waits real ones."""

    scale: float = 1.0
    fractional: bool = False

    def real(self, simulated: float) -> str:
        """Write a Retry-After: whole seconds, rounded up, at least 1, or decimals."""
        seconds = max(simulated, 0.0) / self.scale
        if self.fractional:
            return f"{seconds:.3f}"
        return str(max(1, math.ceil(seconds - 1e-6)))


JSON_TYPE = ("content-type", "application/json; charset=utf-8")
PLAIN_TYPE = ("content-type", "text/plain; charset=utf-8")
HTML_TYPE = ("content-type", "text/html; charset=utf-8")
XML_TYPE = ("content-type", "application/xml; charset=utf-8")


def json_reply(
    status: int,
    body: object,
    *headers: tuple[str, str],
    rejected: bool = False,
) -> Reply:
    """Write a body as JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, text.encode(), (JSON_TYPE, *headers), rejected=rejected)


def truncated(reply: Reply) -> Reply:
    """Cut an answer in the middle, as a broken connection behind a proxy does."""
    return Reply(
        reply.status, reply.body[: max(1, len(reply.body) // 2)], reply.headers
    )
