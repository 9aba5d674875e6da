"""One provider's calls that are not full: filled with all workers' questions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from enrichment.errors import ServerAway
from enrichment.lookup.gathering import Group
from enrichment.lookup.guests import Company, Guests, Host, Look
from enrichment.lookup.replies import OpenQuestions
from enrichment.tracks import ProviderName, Question


class SharedCalls:
    """
    What this worker has offered of one provider's questions, and takes of all workers'.

    Args:
        open_questions: whose questions are ours.
    """

    def __init__(
        self,
        guests: Guests,
        provider: ProviderName,
        host: Host,
        company: Company,
        open_questions: OpenQuestions,
        now: Callable[[], datetime],
    ) -> None:
        self._guests = guests
        self._provider = provider
        self._host = host
        self._company = company
        self._open = open_questions
        self._now = now
        self._offered: set[Question] = set()
        self._told = 0
        self._alone_since: datetime | None = None

    def serves(self, pace: float) -> None:
        """Know how many seconds the next provider takes for each question of ours."""
        self._company = replace(self._company, pace=pace)

    async def look(self, waiting: Sequence[Question], size: int) -> Look:
        """Offer what waits for company, and take a call's questions if it may go."""
        fresh = [question for question in waiting if question not in self._offered]
        await self._offer(fresh)
        try:
            look = await self._guests.look(waiting, self._host, size, self._company)
        except ServerAway:
            return self._alone(waiting)
        self._offered -= look.gone
        self._offered -= look.taken.keys()
        return look

    async def withdraw(self, questions: Collection[Question]) -> frozenset[Question]:
        """Ask these in a call of ours; gives those that somebody asks already."""
        ours = self._offered.intersection(questions)
        self._offered -= ours
        return await self._guests.withdraw(ours, self._host.lane)

    async def give_back(self, guests: Mapping[Question, datetime]) -> None:
        """Offer others' questions again: we have no turn for them."""
        await self._guests.offer(guests, self._host.lane)

    async def tell_ahead(self, questions: int) -> None:
        """Let all workers know how much the next provider has to do for us."""
        if questions or self._told:
            await self._guests.tell_ahead(self._provider, self._host, questions)
        self._told = questions

    async def _offer(self, questions: Collection[Question]) -> None:
        offered = self._open.newer_than(questions)
        self._offered |= offered.keys()
        await self._guests.offer(offered, self._host.lane)

    def _alone(self, waiting: Sequence[Question]) -> Look:
        """Without Redis: wait a little for our own."""
        self._offered.difference_update(waiting)
        self._alone_since = self._alone_since or self._now()
        waited = (self._now() - self._alone_since).total_seconds()
        if waited < self._company.quiet:
            return Look(frozenset(), {})
        self._alone_since = None
        return Look(frozenset(), self._open.newer_than(waiting))


def shared_group(
    look: Look, waiting: Collection[Question], size: int
) -> tuple[Group, Mapping[Question, datetime]]:
    """Tell a call's questions of ours from those of its guests."""
    ours = tuple(question for question in waiting if question in look.taken)
    guests = {q: at for q, at in look.taken.items() if q not in ours}
    operation = next(iter(look.taken)).operation
    return Group(operation, ours, size - len(look.taken)), guests
