"""Whether a provider can be reached from here: after much silence it is left alone."""

from collections.abc import Callable
from time import monotonic

from enrichment import logs
from enrichment.contract import metrics
from enrichment.lookup.bench.silence import Patience
from enrichment.model import ProviderName

log = logs.get("lookup")

# What waits for a provider that gives no sign of life, by the closed list of reasons.
UNREACHABLE = "unreachable"
# Calls in a row without an answer in time. Fewer could be a lost connection each; more
# are long in coming where a call asks for 25 tracks.
SILENT_CALLS = 3
# How long it is left alone, then longer each time one call has failed; seconds.
FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 900.0


class Reach:
    """
    One provider as this worker's network reaches it.

    A bench is for all workers and comes from what a provider says. This is for one
    worker alone, since the fault may be its own network's: the others go on.

    Args:
        time_scale: of the providers' clock, as their benches have it.
    """

    def __init__(
        self,
        provider: ProviderName,
        time_scale: float = 1.0,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._provider = provider
        self._first = FIRST_PAUSE_SECONDS / time_scale
        self._longest = LONGEST_PAUSE_SECONDS / time_scale
        self._clock = clock
        self._patience = Patience()
        self._silent = 0
        self._pause = 0.0
        self._until = 0.0
        self._tries = False
        self._gauge = metrics.PROVIDER_REACHABLE.labels(provider)
        self._gauge.set(1)

    @property
    def call_seconds(self) -> float:
        """How long a call may go without its answer before it counts as silent."""
        return self._patience.seconds(silent=self._silent > 0)

    @property
    def again_seconds(self) -> float:
        """How long after its silence a call's answer is looked for again."""
        return max(self._first, self.pause_seconds)

    @property
    def pause_seconds(self) -> float:
        """How long it is left alone from now on; 0 where it may be asked."""
        return max(0.0, self._until - self._clock()) if self._pause else 0.0

    def wait_seconds(self) -> float:
        """Return how long not to ask; 0 lets one call through after each pause."""
        if not self._pause:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        # who asks now finds out for all others, who come back soon to hear of it
        self._tries = True
        self._until = self._clock() + self._first
        return 0.0

    def answered(self, seconds: float = 0.0) -> None:
        """Learn that something came back, whatever it was, after so many seconds."""
        self._patience.answered(seconds)
        self._silent = 0
        if not self._pause:
            return
        self._pause = 0.0
        self._tries = False
        self._gauge.set(1)
        log.info(
            "Provider is reached again",
            event_name="enrichment.lookup.reached",
            provider=self._provider,
        )

    def was_silent(self) -> None:
        """Learn that a call got nothing back in time, not even a connection."""
        self._silent += 1
        if self._pause and not self._tries:
            return  # it was under way when the pause began
        if not self._pause and self._silent < SILENT_CALLS:
            return
        self._tries = False
        self._pause = min(2 * self._pause or self._first, self._longest)
        self._until = self._clock() + self._pause
        self._gauge.set(0)
        log.warning(
            "Provider is not reached: it is left alone, the others go on",
            event_name="enrichment.lookup.unreachable",
            provider=self._provider,
            silent_calls=self._silent,
            seconds=self._pause,
        )
