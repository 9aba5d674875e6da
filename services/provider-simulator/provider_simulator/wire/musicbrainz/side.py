"""MusicBrainz, as it is simulated."""

from collections import Counter
from collections.abc import Mapping, Sequence

from provider_simulator.limiters import Refusal
from provider_simulator.settings import Settings
from provider_simulator.side import Limiter, Side
from provider_simulator.wire import Asked, Query
from provider_simulator.wire.musicbrainz.entries import Recording
from provider_simulator.wire.musicbrainz.hostile import HOSTILE
from provider_simulator.wire.musicbrainz.limiter import MusicBrainzLimiter
from provider_simulator.wire.musicbrainz.odd import ODD
from provider_simulator.wire.musicbrainz.settings import MusicBrainzSettings
from provider_simulator.wire.musicbrainz.wire import MusicBrainzWire
from provider_simulator.wire.musicbrainz.writing import write


def _limiter(settings: Settings) -> Limiter:
    own = settings.of(MusicBrainzSettings)
    limiter = MusicBrainzLimiter(own.address_calls, own.all_calls)

    def take(_: Asked, query: Query, now: float) -> Refusal | None:
        return limiter.take(query.peer, query.headers.get("user-agent", ""), now)

    return take


def _counted(recordings: Sequence[Recording]) -> Mapping[str, int]:
    owners = Counter(isrc for recording in recordings for isrc in recording.isrcs)
    return {
        "recordings": len(recordings),
        "isrcs": len(owners),
        "isrcs_with_four_or_more": sum(n >= 4 for n in owners.values()),
    }


SIDE = Side(
    settings=MusicBrainzSettings(),
    wire=MusicBrainzWire,
    limiter=_limiter,
    # isrcs, lengths: recordings with them; indexed: those that the search knows
    # already; urls: those with relations to pages of other providers
    shares={
        "full": {
            "known": 1.0,
            "isrcs": 1.0,
            "lengths": 0.9,
            "indexed": 1.0,
            "urls": 0.25,
        },
        # 26 to 40 % of festival sets; lengths as in real search pages
        "festival": {
            "known": 0.33,
            "isrcs": 0.75,
            "lengths": 0.78,
            "indexed": 0.99,
            "urls": 0.25,
        },
        "charts": {
            "known": 0.92,
            "isrcs": 0.85,
            "lengths": 0.93,
            "indexed": 1.0,
            "urls": 0.5,
        },
    },
    write=write,
    links=True,
    hostile=HOSTILE,
    odd=ODD,
    counted=_counted,
)
