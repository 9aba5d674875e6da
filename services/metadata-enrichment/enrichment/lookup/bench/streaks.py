"""Failures in a row, as one worker saw them: what one refusal alone does not tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enrichment.model import Question

# A batch that failed so often is halved: one of its questions may be what breaks it.
HALVED_AFTER = 2
# Questions whose failures are remembered; the oldest are forgotten first.
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Streak:
    """Refusals of one subject since its last answer."""

    refused: int = 0
    others_answered: bool = False


class Streaks:
    """Refusals in a row by what was refused, each ended by a good answer to it."""

    def __init__(self) -> None:
        self._streaks: dict[str, _Streak] = {}
        self._answered: set[str] = set()

    def answered(self, *subjects: str) -> None:
        """Note a good answer that speaks for all of these."""
        self._answered.update(subjects)
        self.end(*subjects)
        for streak in self._streaks.values():
            streak.others_answered = True

    def refused(self, subject: str) -> int:
        """Note a refusal; gives how many there are in a row."""
        streak = self._streaks.setdefault(subject, _Streak())
        streak.refused += 1
        return streak.refused

    def others_answered(self, subject: str) -> bool:
        """Return whether anything else was answered since the streak began."""
        streak = self._streaks.get(subject)
        return streak is not None and streak.others_answered

    def has_answered(self, subject: str) -> bool:
        """Return whether there ever was a good answer."""
        return subject in self._answered

    def end(self, *subjects: str) -> None:
        """Forget what was refused so far."""
        for subject in subjects:
            self._streaks.pop(subject, None)


class FailedBatches:
    """
    Which batches are to be halved: those that failed before, while others are answered.

    When a provider answers nobody, halves would only fail twice as often: a batch is
    then halved once and waits with all the others.
    """

    def __init__(self) -> None:
        self._answers = 0
        # failures of a question, and how many answers there were at the last of them
        self._failed: dict[Question, tuple[int, int]] = {}

    def answered(self, questions: Iterable[Question]) -> None:
        """Forget the failures of questions that were answered."""
        self._answers += 1
        for question in questions:
            self._failed.pop(question, None)

    def halves(self, group: Sequence[Question]) -> tuple[tuple[Question, ...], ...]:
        """Note that a group failed; gives its halves if they are to be asked."""
        before = [self._failed.pop(question, (0, 0)) for question in group]
        failures, answers = max(before)
        self._failed |= dict.fromkeys(group, (failures + 1, self._answers))
        while len(self._failed) > _REMEMBERED:
            del self._failed[next(iter(self._failed))]
        again = failures + 1
        has_answered = again == HALVED_AFTER or self._answers > answers
        if len(group) == 1 or again < HALVED_AFTER or not has_answered:
            return ()
        middle = len(group) // 2
        return tuple(group[:middle]), tuple(group[middle:])
