"""
The provider protocol: build a request, read an answer; both pure, no I/O here.

One folder per provider follows it. `lookup.dispatch` owns the loop around it: take from
the budget, send by `http`, read, ask overflowed groups again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from enrichment.model import Answer, ProviderName, Question, Wanted


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, ready to be sent; `params` keep their order and may repeat."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What one response says of the questions it was asked with.

    Args:
        answers: Found or Absent, per question.
        again: groups to be asked again in calls of their own (a batch overflowed).
        shown: capabilities of our account that the response has shown, open or closed.
    """

    answers: Mapping[Question, Answer]
    again: tuple[tuple[Question, ...], ...] = field(default=())
    shown: Mapping[str, bool] = field(default_factory=dict)


class Provider(Protocol):
    """A source of metadata. Implementations hold settings, never connections."""

    name: ProviderName

    def question(self, wanted: Wanted) -> Question | None:
        """Return the best question for what is known now, or None if there is none."""
        ...

    def batch_size(self, operation: str) -> int:
        """Return how many questions of one operation go into one call."""
        ...

    def relies_on(self, questions: Sequence[Question]) -> str | None:
        """Name the capability that not every account has and their call needs."""
        ...

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """Build the call for questions of one operation (at most `batch_size`)."""
        ...

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read the answer. Raises a `ProviderError` that says what happens next."""
        ...
