"""Turns as a worker uses them: taken, used in time, taken again for another try."""

import asyncio
from collections.abc import Callable
from time import monotonic
from uuid import uuid4

from enrichment.contract.messages import Lane
from enrichment.errors import Transient
from enrichment.lookup.rate_budget import (
    Grant,
    LeaseClaim,
    PacedBy,
    RateBudget,
    Settlement,
)
from enrichment.tracks import Question

# Between looks at an allowance whose turn is near, seconds.
LOOK_AGAIN_SECONDS = 0.25
TRIES_TO_BE_IN_TIME = 20
# These pass by themselves while work flows: no reason to write a part off for now.
FLOWING = frozenset({PacedBy.NONE, PacedBy.WINDOW, PacedBy.REJOIN})


class Turns:
    """
    One provider's turns for one worker.

    Args:
        patience_seconds: turns are promised so far ahead.
        late_seconds: a turn that passed longer ago is given back.
    """

    def __init__(
        self,
        budget: RateBudget,
        lane: Lane,
        patience_seconds: float,
        late_seconds: float,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._budget = budget
        self._lane = lane
        self._patience = patience_seconds
        self._late = late_seconds
        self._clock = clock

    async def take(self, claim: LeaseClaim) -> tuple[Grant, frozenset[Question]]:
        """Lease questions and take a turn for them, in one step in the cluster."""
        return await self._budget.take_with_leases(
            claim,
            lane=self._lane,
            reservation=uuid4().hex,
            max_wait_seconds=self._patience,
        )

    async def in_time(self, grant: Grant) -> Grant:
        """
        Give the turn, or a later one when it has passed.

        A call that comes late falls among those whose turn is then; windows have room
        for a little of that, not for a process that was not given the processor.

        Raises:
            Transient: there is no turn now, or we are late for every one.
        """
        for _ in range(TRIES_TO_BE_IN_TIME):
            if self.is_in_time(grant):
                return grant
            await self.give_back(grant)
            grant = await self.another(grant)
        raise Transient("this worker is too busy to be in time for its turns")

    async def give_back(self, grant: Grant) -> None:
        """Leave the turn to others: nothing was sent."""
        await self._budget.settle(grant, Settlement.NEVER_SENT)

    def is_in_time(self, grant: Grant) -> bool:
        """Say whether the turn may be used now."""
        return self._clock() - grant.due_at <= self._late

    async def another(self, grant: Grant) -> Grant:
        """Wait for one more turn of the same kind. Raises Transient."""
        while True:
            again = await self._budget.take(
                grant.provider,
                lane=self._lane,
                reservation=uuid4().hex,
                operation=grant.operation,
                max_wait_seconds=self._patience,
            )
            again = await self._budget.wait_for_turn(again)
            if again.granted:
                return again
            if again.paced_by not in FLOWING:
                raise Transient(f"no turn: {again.paced_by}")
            await asyncio.sleep(min(again.wait_seconds, LOOK_AGAIN_SECONDS))
