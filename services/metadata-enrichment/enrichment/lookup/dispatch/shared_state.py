"""What all workers share, as one worker reaches it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from enrichment.lookup.bench.bench import Bench
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.dispatch.leases import Leases
from enrichment.lookup.ratelimit.rate_budget import RateBudget
from enrichment.lookup.spending import Spending
from enrichment.model import Absent, Found, Question


class Archive(Protocol):
    """Keeps answers beyond the cache, for explaining and re-matching without a call."""

    async def keep(
        self, answers: Mapping[Question, Found | Absent], at: datetime
    ) -> None:
        """Store the answers; raises nothing that should stop an enrichment."""
        ...


@dataclass(frozen=True, slots=True)
class SharedState:
    """What all workers share, as this worker reaches it."""

    budget: RateBudget
    bench: Bench
    leases: Leases
    cache: AnswerCache
    archive: Archive
    capabilities: Capabilities
    spending: Spending = field(default_factory=Spending)
