"""Two providers' matches that are of two recordings: told, and decided by nobody."""

from collections.abc import Mapping
from itertools import combinations

from enrichment.matching.deciding import same_recording
from enrichment.matching.evidence import minutes
from enrichment.model import Candidate, ProviderName
from enrichment.providers.registry import SPECS

_OF_RECORDINGS = frozenset(
    name for name, spec in SPECS.items() if spec.knows_recordings
)


def conflicts(accepted: Mapping[ProviderName, Candidate]) -> dict[ProviderName, str]:
    """
    Return for each provider what contradicts its match; nothing where all agree.

    Neither is the majority: one of them may have led to the other, so a person decides.
    """
    found = [one for name, one in accepted.items() if name in _OF_RECORDINGS]
    against: dict[ProviderName, str] = {}
    for one, other in combinations(found, 2):
        if not same_recording(one, other):
            against.setdefault(one.provider, _told(other))
            against.setdefault(other.provider, _told(one))
    return against


def _told(other: Candidate) -> str:
    name = f"{other.artist} - {other.title}"
    length = f" ({minutes(other.duration_ms)})" if other.duration_ms else ""
    return f"conflict: {other.provider} has {name!r}{length}"
