"""
What a person decided of a track's recordings: no rule and no answer overrides it.

A decision is the pinned column that holds a provider's id, or holds nothing: "none of
these". Whatever decides or writes a part asks here, and nowhere else.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from enrichment.model import (
    Candidate,
    Decision,
    Held,
    Outcome,
    ProviderName,
    ProviderRecord,
    Verdict,
)
from enrichment.providers.registry import SPECS

# The column that says which recording of a provider a track is.
ID_COLUMNS: Mapping[ProviderName, str] = {
    name: spec.id_column for name, spec in SPECS.items() if spec.id_column is not None
}
PROVIDERS_OF_COLUMNS = {column: name for name, column in ID_COLUMNS.items()}
# The field of a candidate that this column holds.
_HOLDS: Mapping[ProviderName, str] = {
    name: SPECS[name].fields[column].read or column
    for name, column in ID_COLUMNS.items()
}
TAKEN = "person: decided that it is this recording"
REFUSED = "person: decided that it is none of these"


def is_held(held: Held, provider: ProviderName) -> bool:
    """Return whether a person has decided which recording of a provider it is."""
    return any(column == ID_COLUMNS.get(provider) for column, _ in held)


def value_of(candidate: Candidate) -> str | None:
    """Return what the column of its provider holds of a candidate that is accepted."""
    value: str | None = getattr(candidate, _HOLDS.get(candidate.provider, "id"))
    return value


def chosen(held: Held, candidates: Sequence[Candidate]) -> Decision | None:
    """
    Return what a person's decision makes of candidates; None where there is none.

    A person may have named a recording that is not among them: then none is accepted.
    """
    if not held or not candidates:
        return None
    provider = candidates[0].provider
    for column, choice in held:
        if column != ID_COLUMNS.get(provider):
            continue
        for candidate in candidates:
            if choice is not None and value_of(candidate) == choice:
                return Decision(Verdict.ACCEPT, candidate, 1.0, (TAKEN,))
        told = REFUSED if choice is None else TAKEN
        return Decision(Verdict.NONE, None, 0.0, (told,))
    return None


def as_decided(
    record: ProviderRecord, held: Held, before: ProviderRecord | None = None
) -> ProviderRecord:
    """
    Return a record as a person's decision has it, whatever an answer came to.

    Args:
        before: the record that stands; it may know whom the recording credits.
    """
    for column, choice in held:
        if column != ID_COLUMNS.get(record.provider) or not record.outcome.is_answer:
            continue
        if choice is None:
            return replace(
                record,
                outcome=Outcome.ABSENT,
                provider_track_id=None,
                score=None,
                reasons=(REFUSED,),
                artists=None,
            )
        if _is_of(record, choice) and TAKEN in record.reasons:
            return record
        kept = before if before is not None and _is_of(before, choice) else None
        return replace(
            record,
            outcome=Outcome.FOUND,
            provider_track_id=choice,
            score=1.0,
            reasons=(TAKEN,),
            artists=kept.artists if kept else None,
        )
    return record


def _is_of(record: ProviderRecord, choice: str) -> bool:
    """Return whether a record is of this recording, not of one taken before it."""
    return record.outcome is Outcome.FOUND and record.provider_track_id == choice
