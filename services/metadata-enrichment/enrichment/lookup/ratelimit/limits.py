"""What a provider allows, as data: windows of seconds, windows of a day, a reserve."""

import math
from dataclasses import dataclass, replace

from enrichment.model import ProviderName

# What fresh work is kept free of backlog: Stripe's share for critical traffic.
RESERVE_SHARE = 0.2
# A day is counted in quarters of an hour: 1 % of it is the most that is lost.
DAY_BUCKETS = 96


@dataclass(frozen=True, slots=True)
class Window:
    """
    At most `calls` in any `seconds`, exactly; 1 call in 1.05 s is a spacing.

    Not a token bucket: that would let twice as many into one window.
    """

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Quota:
    """
    At most `calls` in any `seconds`, counted in buckets: for a day or longer.

    Args:
        per_group: each endpoint group has its own allowance.
    """

    calls: int
    seconds: float = 86_400.0
    buckets: int = DAY_BUCKETS
    per_group: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """
    All that one provider allows; every window and the quota hold at once.

    Args:
        reserve: share that backlog leaves to fresh work while there is any.
    """

    windows: tuple[Window, ...]
    quota: Quota | None = None
    reserve: float = RESERVE_SHARE

    def __post_init__(self) -> None:
        if not self.windows or any(
            shape.calls < 1 or shape.seconds <= 0 for shape in self._shapes
        ):
            raise ValueError("limits need a window, and each shape calls and seconds")
        if not 0 <= self.reserve < 1:
            raise ValueError("the reserve is a share below 1")

    def scaled(self, factor: float) -> "Limits":
        """Return the same for a clock that runs `factor` times as fast."""
        quota = self.quota
        return replace(
            self,
            windows=tuple(replace(w, seconds=w.seconds / factor) for w in self.windows),
            quota=quota and replace(quota, seconds=quota.seconds / factor),
        )

    @property
    def _shapes(self) -> tuple[Window | Quota, ...]:
        return (*self.windows, self.quota) if self.quota else self.windows

    @property
    def longest_window(self) -> float:
        """Seconds after which no call in the past matters to any window."""
        return max(window.seconds for window in self.windows)

    def slowest_window_pace(self) -> float:
        """Seconds from call to call at the pace of the tightest window."""
        return max(window.seconds / window.calls for window in self.windows)


@dataclass(frozen=True, slots=True)
class BacklogWindow:
    """
    How much of a window backlog may use: `calls - min(reserve, fresh used)`.

    A spacing is looked at as many windows at once, or its share would be no call.
    """

    calls: int
    seconds: float
    reserve: int


def backlog_window(window: Window, share: float) -> BacklogWindow:
    """Return what backlog must leave of a window."""
    if share == 0:
        return BacklogWindow(window.calls, window.seconds, 0)
    times = math.ceil(1 / (window.calls * share)) if window.calls * share < 1 else 1
    calls = window.calls * times
    return BacklogWindow(calls, window.seconds * times, math.floor(calls * share))


def default_limits(
    *,
    musicbrainz_spacing: float = 1.05,
    spotify_per_30_seconds: int = 60,
    spotify_per_day: int = 2000,
    lastfm_spacing: float = 0.3,
    late: float = 0.25,
) -> dict[ProviderName, Limits]:
    """
    Return the limits of all providers by the numbers that settings hold.

    Args:
        late: seconds a call may be late after its turn (network, a busy worker): what
            comes late makes the next window fuller, so windows are longer by this.
    """
    return {
        # one for the whole cluster; https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
        ProviderName.MUSICBRAINZ: Limits((Window(1, musicbrainz_spacing),)),
        # https://developer.spotify.com/documentation/web-api/concepts/rate-limits
        ProviderName.SPOTIFY: Limits(
            (Window(spotify_per_30_seconds, 30.0 + late),), Quota(spotify_per_day)
        ),
        # https://www.last.fm/api/intro: "several calls per second" is too many
        ProviderName.LASTFM: Limits((Window(1, lastfm_spacing),)),
    }
