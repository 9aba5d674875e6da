"""Two providers' matches that are of two recordings: told, and decided by nobody."""

from collections.abc import Mapping

from enrichment.matching.deciding import same_recording
from enrichment.matching.evidence import minutes
from enrichment.model import Candidate, ProviderName

# Last.fm knows names, not recordings.
_OF_RECORDINGS = (ProviderName.MUSICBRAINZ, ProviderName.SPOTIFY)


def conflicts(accepted: Mapping[ProviderName, Candidate]) -> dict[ProviderName, str]:
    """
    Return for each provider what contradicts its match; nothing where all agree.

    Neither is the majority: one of them may have led to the other, so a person decides.
    """
    one, other = (accepted.get(name) for name in _OF_RECORDINGS)
    if one is None or other is None or same_recording(one, other):
        return {}
    return {one.provider: _told(other), other.provider: _told(one)}


def _told(other: Candidate) -> str:
    name = f"{other.artist} - {other.title}"
    length = f" ({minutes(other.duration_ms)})" if other.duration_ms else ""
    return f"conflict: {other.provider} has {name!r}{length}"
