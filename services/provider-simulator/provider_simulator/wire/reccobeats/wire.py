"""
ReccoBeats: tracks and how they sound, forty a call by its own ids, Spotify's or ISRCs.

Made of written facts: no answer of it was recorded.
https://reccobeats.com/docs
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from email.utils import formatdate

from provider_simulator.chance import Chance
from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind
from provider_simulator.limiters import Refusal, RefusalKind
from provider_simulator.settings import Settings
from provider_simulator.wire import PLAIN_TYPE, Asked, Query, Reply, Waits, json_reply
from provider_simulator.wire.reccobeats.entries import ReccoBeatsTrack
from provider_simulator.world.catalogue import World

_MOST_IDS = 40

Row = Mapping[str, object]


class ReccoBeatsWire:
    """Answers from the tracks of a world that ReccoBeats has."""

    name = "reccobeats"

    def __init__(self, world: World, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._waits = Waits(clock.scale, settings.fractional_retry_after)
        self._refusals = 0
        self._by_key: defaultdict[str, list[ReccoBeatsTrack]] = defaultdict(list)
        for track in world.of(self.name):
            for key in (track.id, track.isrc, track.spotify_id):
                self._by_key[key].append(track)

    def asked(self, query: Query) -> Asked:
        """Return what a request is about; members are ids."""
        kind = query.path.rstrip("/").rpartition("/")[2]
        operation = {"track": "track", "audio-features": "features"}.get(kind, "other")
        ids = _ids(query)
        return Asked(operation, " ".join(ids), max(1, len(ids)))

    def turned_away(self, query: Query) -> None:
        """Turn nobody away: there is no key."""
        del query

    def answer(self, query: Query) -> Reply:
        """Answer from the catalogue; unknown ids are left out, others come sorted."""
        operation = self.asked(query).operation
        if operation == "other":
            return _error(404, "Not Found")
        ids = _ids(query)
        if not 1 <= len(ids) <= _MOST_IDS:
            return _error(400, f"size must be between 1 and {_MOST_IDS}")
        write = _features if operation == "features" else _track
        rows = {
            track.id: write(track)
            for asked in ids
            for track in self._by_key.get(asked, ())
        }
        return json_reply(200, {"content": [rows[id_] for id_ in sorted(rows)]})

    def refuse(self, refusal: Refusal) -> Reply:
        """Answer 429; the wait is a number or a date, by turns."""
        self._refusals += 1
        wait = self._waits.real(refusal.retry_after)
        headers = [("retry-after", wait)]
        if self._refusals % 2 == 0:
            now = self._clock.wall()
            until = formatdate(now + float(wait), usegmt=True)
            headers = [("date", formatdate(now, usegmt=True)), ("retry-after", until)]
        return json_reply(429, {"error": "Too Many Requests"}, *headers)

    def fail(self, fault: Fault, now: float) -> Reply:
        """Answer that the call failed, as a script wants it."""
        kind = fault.kind
        if kind in (FaultKind.RATE_LIMITED, FaultKind.OVER_RATE, FaultKind.QUOTA):
            wait = fault.asked_wait(now, 5.0)
            return self.refuse(Refusal(RefusalKind.RATE, wait))
        if kind is FaultKind.RATE_LIMITED_PLAIN_TEXT:
            return Reply(429, b"Too many requests", (PLAIN_TYPE,))
        if kind in (FaultKind.UNAUTHORIZED, FaultKind.FORBIDDEN):
            return _error(403, "Forbidden")
        if kind is FaultKind.BUSY:
            return _error(503, "Service Unavailable")
        status = 200 if kind is FaultKind.ERROR_BODY else 500
        return _error(status, "Internal Server Error")

    def shed(self, asked: Asked, draw: Callable[[], float]) -> None:
        """Shed no load."""

    def emptied(self, reply: Reply) -> Reply:
        """Take the rows out, and their list with them."""
        return Reply(reply.status, b"{}", reply.headers)


def _ids(query: Query) -> list[str]:
    """Read ids: a list with commas, or a parameter that is repeated."""
    return [one for text in query.all("ids") for one in text.split(",") if one]


def _error(status: int, message: str) -> Reply:
    body = {"status": status, "error": message}
    return json_reply(status, body, rejected=status in (400, 404))


def _track(track: ReccoBeatsTrack) -> Row:
    artists = [
        {"id": Chance(0, "reccobeats", name).mbid("id"), "name": name, "href": ""}
        for name in track.artists
    ]
    return {
        "id": track.id,
        "trackTitle": track.title,
        "artists": artists,
        "durationMs": track.duration_ms,
        "isrc": track.isrc,
        "ean": None,
        "upc": track.sound.barcode,
        "href": _href(track),
        "availableCountries": "",
        "popularity": track.popularity,
    }


def _features(track: ReccoBeatsTrack) -> Row:
    sound = track.sound
    return {
        "id": track.id,
        "href": _href(track),
        "isrc": track.isrc,
        "acousticness": 0.01,
        "danceability": sound.danceability,
        "energy": sound.energy,
        "instrumentalness": 0.8,
        "key": sound.tone if track.is_key_known else -1,
        "liveness": 0.1,
        "loudness": sound.loudness,
        "mode": sound.mode,
        "speechiness": 0.05,
        "tempo": track.tempo,
        "valence": sound.valence,
    }


def _href(track: ReccoBeatsTrack) -> str:
    return f"https://open.spotify.com/track/{track.spotify_id}"
