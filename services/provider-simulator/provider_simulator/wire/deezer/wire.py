"""
Deezer: tracks by id, ISRC and words, albums; every error comes in an HTTP 200.

https://developers.deezer.com/api
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from urllib.parse import unquote

from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind
from provider_simulator.limiters import Refusal
from provider_simulator.search.index import words
from provider_simulator.settings import Settings
from provider_simulator.wire import PLAIN_TYPE, Asked, Query, Reply, json_reply
from provider_simulator.wire.deezer import bodies
from provider_simulator.wire.deezer.entries import DeezerTrack
from provider_simulator.world.catalogue import World

# A search of more rows is cut to this, without a word.
_MOST_ROWS = 100
_USUAL_ROWS = 25
# Words that a search does not ask for.
_JOINING = frozenset({"and", "feat", "ft", "vs", "x", "with", "the"})


class DeezerWire:
    """Answers from the tracks of a world that Deezer has."""

    name = "deezer"

    def __init__(self, world: World, settings: Settings, clock: Clock) -> None:  # noqa: ARG002 - wires are made alike
        self._by_id: dict[int, DeezerTrack] = {}
        self._by_isrc: dict[str, DeezerTrack] = {}
        self._albums: dict[int, DeezerTrack] = {}
        self._by_word: defaultdict[str, set[int]] = defaultdict(set)
        for track in world.of(self.name):
            self._enter(track)

    def _enter(self, track: DeezerTrack) -> None:
        self._by_id[track.id] = track
        # one ISRC leads to one arbitrary id of several
        self._by_isrc[track.isrc] = track
        self._albums[track.album_id] = track
        for word in words(" ".join((track.title, *track.artists))):
            self._by_word[word].add(track.id)

    def asked(self, query: Query) -> Asked:
        """Return what a request is about."""
        kind, _, rest = query.path.strip("/").partition("/")
        if kind == "search":
            return Asked("search", query.get("q"))
        if rest.startswith("isrc:"):
            return Asked("isrc", rest.removeprefix("isrc:"))
        return Asked(kind if kind in ("track", "album") else "other", rest)

    def turned_away(self, query: Query) -> None:
        """Turn nobody away: there is no key."""
        del query

    def answer(self, query: Query) -> Reply:
        """Answer from the catalogue."""
        kind, _, rest = unquote(query.path).strip("/").partition("/")
        if kind == "search" and rest in ("", "track"):
            return self._search(query)
        if kind == "track" and rest.startswith("isrc:"):
            code = rest.removeprefix("isrc:").upper()
            return _page(self._by_isrc.get(code))
        if kind == "track" and rest:
            return _page(self._by_id.get(_whole(rest)))
        if kind == "album" and rest:
            found = self._albums.get(_whole(rest))
            return json_reply(200, bodies.album(found)) if found else _no_data()
        text = f"Unknown path components : {query.path}"
        return _error("InvalidQueryException", text, 600)

    def refuse(self, refusal: Refusal) -> Reply:
        """Answer that the address asks too often: an error in a 200, no wait told."""
        del refusal
        return _error("Exception", "Quota limit exceeded", 4)

    def fail(self, fault: Fault, now: float) -> Reply:
        """Answer that the call failed, as a script wants it."""
        del now
        kind = fault.kind
        if kind in (FaultKind.RATE_LIMITED, FaultKind.OVER_RATE, FaultKind.QUOTA):
            return _error("Exception", "Quota limit exceeded", 4)
        if kind is FaultKind.RATE_LIMITED_PLAIN_TEXT:
            return Reply(429, b"Too many requests", (PLAIN_TYPE,))
        if kind is FaultKind.BUSY:
            return _error("Exception", "Service busy", 700)
        if kind in (FaultKind.UNAUTHORIZED, FaultKind.FORBIDDEN):
            return Reply(403, b"Forbidden", (PLAIN_TYPE,))
        if kind is FaultKind.ERROR_BODY:
            # one that has no code, as recorded
            error = {"type": "Exception", "message": "An error has occured"}
            return json_reply(200, {"error": error})
        return json_reply(500, {"error": "Internal Server Error"})

    def shed(self, asked: Asked, draw: Callable[[], float]) -> None:
        """Shed no load."""

    def emptied(self, reply: Reply) -> Reply:
        """Take the rows out of a page and leave their count."""
        body = json.loads(reply.body)
        if "data" not in body:
            return Reply(reply.status, b"{}", reply.headers)
        return json_reply(reply.status, body | {"data": [], "total": 1})

    def _search(self, query: Query) -> Reply:
        text = query.get("q").strip()
        if not text:
            return _error("MissingParameterException", "Missing parameters: q", 501)
        found = self._with_words(text)
        rows = min(_whole(query.get("limit")) or _USUAL_ROWS, _MOST_ROWS)
        start = _whole(query.get("index"))
        page = found[start : start + rows]
        body: dict[str, object] = {
            "data": [bodies.row(track) for track in page],
            "total": len(found),
        }
        if start + rows < len(found):
            body["next"] = (
                f"https://api.deezer.com/search?q={text}&index={start + rows}"
            )
        return json_reply(200, body)

    def _with_words(self, text: str) -> list[DeezerTrack]:
        """Return the tracks with all words, the best known first."""
        wanted = [word for word in words(text) if word not in _JOINING]
        sets = [self._by_word.get(word, set()) for word in wanted]
        ids = set.intersection(*sets) if sets else set()
        found = [self._by_id[one] for one in ids]
        return sorted(found, key=lambda one: (-one.popularity, one.id))


def _page(track: DeezerTrack | None) -> Reply:
    return json_reply(200, bodies.page(track)) if track else _no_data()


def _no_data() -> Reply:
    return _error("DataException", "no data", 800)


def _error(kind: str, message: str, code: int) -> Reply:
    error = {"type": kind, "message": message, "code": code}
    return json_reply(200, {"error": error}, rejected=code in (500, 501, 600))


def _whole(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else 0
