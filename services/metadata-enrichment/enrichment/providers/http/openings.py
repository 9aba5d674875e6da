"""How long connections to a provider take to open: what a turn has to be early by."""

from collections import defaultdict, deque

from enrichment.model import ProviderName

# The slowest of so many counts: early costs a connection that waits, late costs a turn.
REMEMBERED = 8


class Openings:
    """The latest openings of connections, by provider."""

    def __init__(self) -> None:
        self._seconds: defaultdict[ProviderName, deque[float]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED)
        )

    def took(self, provider: ProviderName, seconds: float) -> None:
        """Remember an opening, with its handshakes."""
        self._seconds[provider].append(seconds)

    def expected(self, provider: ProviderName) -> float:
        """Return how long the next one may take; 0 when there was none yet."""
        return max(self._seconds[provider], default=0.0)
