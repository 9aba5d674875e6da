"""The nouns of reviewing: what is chosen, by whom, and who was faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from enrichment.errors import EnrichmentError

# Of a reason and of a name that a person gives.
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The value of one field of one track.

    Args:
        value: a provider's id or any other value of the field; None: none of these.
    """

    track_id: str
    field: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """
    What a person decides at once.

    Args:
        who: the name that is told of it.
        kind: of the question that it answers; "edit" where nobody asked.
        why: in the person's words.
        seen: number of the newest decision when the person looked; a newer one on the
            same field is somebody else's. None: nobody looked.
        candidates: what the person saw, by track.
    """

    choices: Sequence[Choice]
    who: str
    kind: str = "edit"
    question_id: int | None = None
    why: str | None = None
    seen: int | None = None
    candidates: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as its row says it."""

    decision_id: int
    act_id: UUID
    track_id: UUID
    artist: str | None
    title: str | None
    field: str
    choice: str | None
    kind: str
    decided_by: str
    decided_at: datetime
    reason: str | None
    undone_at: datetime | None
    undone_by: str | None
    replaced_by: int | None

    @property
    def is_in_force(self) -> bool:
        """Whether it still says what the field is."""
        return self.undone_at is None and self.replaced_by is None


class DecidedMeanwhile(EnrichmentError):  # noqa: N818
    """Somebody else decided since the person looked; the message says who and what."""


class NotThere(EnrichmentError):  # noqa: N818
    """The question, track or decision is not there any more."""
