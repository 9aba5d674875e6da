"""The questions of one worker that wait: in which order, for a call, and for whom."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from enrichment.model import Answer, Question


@dataclass(frozen=True, slots=True)
class Filling:
    """
    How long a call that is not full waits for more questions, seconds.

    Args:
        quiet: no question has come for so long, so none is about to come.
        linger: at most so long, however many come one by one.
        enough: while the next provider of the chain has so many of our questions to
            be asked, the answers are of no use yet, and the call waits on …
        longest: … but never for longer than this.
    """

    quiet: float = 0.2
    linger: float = 1.0
    enough: int = 32
    longest: float = 110.0


@dataclass(frozen=True, slots=True)
class Queue:
    """
    The questions of one operation that wait for a call.

    Args:
        first_for: seconds that the oldest has waited.
        last_for: seconds since the newest came.
    """

    first_for: float
    last_for: float


def may_go(queue: Queue, filling: Filling, ahead: int) -> bool:
    """
    Return whether a call that is not full may go.

    Args:
        ahead: questions of ours that wait at the next provider of the chain.
    """
    if ahead >= filling.enough:
        return queue.first_for >= filling.longest
    return queue.last_for >= filling.quiet or queue.first_for >= filling.linger


@dataclass(frozen=True, slots=True)
class _Place:
    """A question in its queue: its number, and when it came, seconds."""

    number: int
    at: float
    question: Question


@dataclass(frozen=True, slots=True)
class Group:
    """
    Questions that go into one call.

    Args:
        room: how many more may join until the call is made.
        since: when the oldest came.
        as_is: it overflowed or was refused whole, so nobody joins it.
    """

    operation: str
    questions: tuple[Question, ...]
    room: int
    since: float = 0.0
    as_is: bool = False

    def without(self, others: Collection[Question]) -> "Group":
        """Return the group without those that others ask; they leave their places."""
        kept = tuple(q for q in self.questions if q not in others)
        left = 0 if self.as_is else len(self.questions) - len(kept)
        return replace(self, questions=kept, room=self.room + left)


class CallQueue:
    """
    Questions of one worker by operation, oldest first, and groups to be asked again.

    A reserved call keeps its room open: whoever comes meanwhile goes with it, and no
    further call is reserved until there are more questions than it can hold.

    Args:
        batch_size: questions of an operation that go into one call.
    """

    def __init__(self, batch_size: Callable[[str], int]) -> None:
        self._batch_size = batch_size
        self._queued: dict[str, deque[_Place]] = {}
        # groups that overflowed or were refused whole: asked again as they are
        self._again: deque[tuple[Question, ...]] = deque()
        self._room: Counter[str] = Counter()
        self._numbers = count()

    def add(self, question: Question, at: float) -> None:
        """Put a question at the end of its queue; `at` is seconds of any clock."""
        queue = self._queued.setdefault(question.operation, deque())
        queue.append(_Place(next(self._numbers), at, question))

    def add_again(self, groups: Iterable[tuple[Question, ...]]) -> None:
        """Have groups asked again in calls of their own, before anything else."""
        self._again.extend(group for group in groups if group)

    def full(self) -> str | None:
        """Name what to reserve a call for: what comes again, then what is full."""
        if self._again:
            return self._again[0][0].operation
        heads = (
            (queue[0].number, operation)
            for operation, queue in self._queued.items()
            if len(queue) >= self._batch_size(operation)
            and len(queue) > self._room[operation]
        )
        return min(heads, default=(0, None))[1]

    def partial(self, now: float) -> dict[str, Queue]:
        """Return the operations with more waiting than the coming calls can take."""
        return {
            operation: Queue(now - queue[0].at, now - queue[-1].at)
            for operation, queue in self._queued.items()
            if self._room[operation] < len(queue) < self._batch_size(operation)
        }

    def take(self, operation: str) -> Group:
        """Take the next group; when its call is reserved, `keep_open` its room."""
        if self._again and self._again[0][0].operation == operation:
            # more would overflow again
            return Group(operation, self._again.popleft(), 0, as_is=True)
        size, queue = self._batch_size(operation), self._queued.get(operation)
        since = queue[0].at if queue else 0.0
        questions = self._take(operation, size)
        return Group(operation, questions, size - len(questions), since)

    def keep_open(self, group: Group) -> None:
        """Count on a group that waits for its time with room to spare."""
        self._room[group.operation] += group.room

    def close(self, group: Group) -> None:
        """End what `keep_open` began."""
        self._room[group.operation] -= group.room

    def company(self, group: Group) -> tuple[Question, ...]:
        """Take those who have come while the group waited, as many as it can hold."""
        return self._take(group.operation, group.room)

    def give_back(self, group: Group) -> None:
        """Put a group that got no reservation where it was."""
        if not group.questions:
            return
        if group.as_is:
            self._again.appendleft(group.questions)
            return
        queue = self._queued.setdefault(group.operation, deque())
        first = queue[0].number if queue else next(self._numbers)
        places = (_Place(first, group.since, q) for q in reversed(group.questions))
        queue.extendleft(places)

    def remove(self, questions: Collection[Question]) -> None:
        """Let questions leave their queues, and the groups that come again."""
        for queue in self._queued.values():
            kept = [place for place in queue if place.question not in questions]
            queue.clear()
            queue.extend(kept)
        groups = [tuple(q for q in g if q not in questions) for g in self._again]
        self._again = deque(group for group in groups if group)

    def take_all(self, operation: str | None = None) -> Collection[Question]:
        """Take everything, of one operation or of all; groups that come again too."""
        names = [*self._queued] if operation is None else [operation]
        questions = [p.question for n in names for p in self._queued.pop(n, ())]
        for group in [g for g in self._again if operation in {None, g[0].operation}]:
            self._again.remove(group)
            questions += group
        return questions

    def __len__(self) -> int:
        """Count the questions that wait."""
        return sum(map(len, (*self._queued.values(), *self._again)))

    def _take(self, operation: str, most: int) -> tuple[Question, ...]:
        queue = self._queued.get(operation, deque())
        return tuple(queue.popleft().question for _ in range(min(len(queue), most)))


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
