"""How busy MusicBrainz is."""

from dataclasses import dataclass

from provider_simulator.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class MusicBrainzSettings(ProviderSettings):
    """
    What may be set of MusicBrainz; of its overlapping calls, (6, 14) is measured.

    Args:
        shed_share: share of allowed calls shed with "busy".
        search_shed_share: the same for searches (zone search-global).
        address_calls, all_calls: calls that the average of one address in 20 seconds
            allows, and that of all in 10.
        url_chars: a longer request line is refused with 414.
    """

    latency_seconds: float = 0.15
    shed_share: float = 0.0
    search_shed_share: float = 0.0
    address_calls: float = 22.0
    all_calls: float = 2_500.0
    url_chars: int = 6_500
