"""What waits to be asked of one provider: which group goes next, how full; no I/O."""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import count

from enrichment.lookup.dispatch.filling import Queue
from enrichment.model import Question


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

    A call that waits for its turn keeps its room open: whoever comes meanwhile goes
    with it, and no further turn is taken until there are more than it can hold.

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
        """Name what to take a turn for: what comes again, then the oldest full call."""
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
        """Take the next group; when it gets its turn, `keep_open` its room."""
        if self._again and self._again[0][0].operation == operation:
            # more would overflow again
            return Group(operation, self._again.popleft(), 0, as_is=True)
        size, queue = self._batch_size(operation), self._queued.get(operation)
        since = queue[0].at if queue else 0.0
        questions = self._take(operation, size)
        return Group(operation, questions, size - len(questions), since)

    def keep_open(self, group: Group) -> None:
        """Count on a group that waits for its turn with room to spare."""
        self._room[group.operation] += group.room

    def close(self, group: Group) -> None:
        """End what `keep_open` began."""
        self._room[group.operation] -= group.room

    def company(self, group: Group) -> tuple[Question, ...]:
        """Take those who have come while the group waited, as many as it can hold."""
        return self._take(group.operation, group.room)

    def give_back(self, group: Group) -> None:
        """Put a group that got no turn where it was."""
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
