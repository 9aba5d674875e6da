"""Who of this worker waits for which answer, and how new it has to be."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from enrichment.model import Answer, Question


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer with its age.

    Args:
        cached: somebody asked before; no call was spent on it now.
    """

    answer: Answer
    fetched_at: datetime
    cached: bool = False


@dataclass(slots=True)
class _Waiting:
    since: datetime
    newer_than: datetime
    reply: asyncio.Future[Reply]


class PendingQuestions:
    """Questions without an answer yet; equal ones of several batches are one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._waiting: dict[Question, _Waiting] = {}

    def __contains__(self, question: Question) -> bool:
        return question in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, question: Question, newer_than: datetime) -> bool:
        """
        Wait for an answer from now on; false for a question that waits already.

        Args:
            newer_than: what was fetched until then is no answer to this.
        """
        waiting = self._waiting.get(question)
        if waiting is not None:
            waiting.newer_than = max(waiting.newer_than, newer_than)
            return False
        reply = asyncio.get_running_loop().create_future()
        self._waiting[question] = _Waiting(self._now(), newer_than, reply)
        return True

    async def wait(self, questions: Collection[Question]) -> dict[Question, Reply]:
        """Return the replies to questions that have been entered."""
        futures = {question: self._waiting[question].reply for question in questions}
        # shielded: a batch that is cut off leaves the call to the others who wait
        await asyncio.gather(*map(asyncio.shield, futures.values()))
        return {question: future.result() for question, future in futures.items()}

    def held_since(self, before: datetime) -> set[Question]:
        """Return those that have waited since then or for longer."""
        return {q for q, waiting in self._waiting.items() if waiting.since <= before}

    def newer_than(self, questions: Iterable[Question]) -> Mapping[Question, datetime]:
        """Return how new the answers have to be of those that wait."""
        return {
            question: waiting.newer_than
            for question in questions
            if (waiting := self._waiting.get(question)) is not None
        }

    def resolve(
        self, question: Question, answer: Answer, cached_at: datetime | None = None
    ) -> None:
        """Answer whoever waits; others' questions are nobody's here."""
        waiting = self._waiting.pop(question, None)
        if waiting is None or waiting.reply.done():
            return
        with suppress(asyncio.InvalidStateError):
            waiting.reply.set_result(
                Reply(answer, cached_at or self._now(), cached_at is not None)
            )

    def fail(self, questions: Iterable[Question], error: Exception) -> None:
        """Answer all who wait that nobody can be asked now."""
        for question in questions:
            waiting = self._waiting.pop(question, None)
            if waiting is not None and not waiting.reply.done():
                waiting.reply.set_exception(error)
                # who waited may be gone: it is no fault that nobody hears
                waiting.reply.exception()
