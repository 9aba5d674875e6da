"""
Last.fm 2.0: track.getInfo, top tags, track.search; errors by number, often in a 200.

https://www.last.fm/api
"""

import json
from collections.abc import Callable, Sequence
from urllib.parse import quote_plus

from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind
from provider_simulator.limiters import Refusal
from provider_simulator.search.index import words
from provider_simulator.settings import Settings
from provider_simulator.wire import Asked, Query, Reply, json_reply
from provider_simulator.wire.lastfm.entries import LastfmTrack
from provider_simulator.world.catalogue import World
from provider_simulator.world.keys import fold

_MESSAGES = {
    4: "Authentication Failed - You do not have permissions to access the service",
    8: "Operation failed - Most likely the backend service failed. Please try again.",
    9: "Invalid session key - Please re-authenticate",
    11: "Service Offline - This service is temporarily offline. Try again later.",
    16: "The service is temporarily unavailable, please try again.",
    26: "Suspended API key - Access for your account has been suspended, please "
    "contact Last.fm",
    29: "Rate Limit Exceeded - This application has made too many requests in a "
    "short period",
}


class LastfmWire:
    """Answers from the Last.fm tracks of a world."""

    name = "lastfm"

    def __init__(self, world: World, settings: Settings, clock: Clock) -> None:  # noqa: ARG002 - wires are made alike
        self._exact: dict[tuple[str, str], LastfmTrack] = {}
        self._corrected: dict[tuple[str, str], LastfmTrack] = {}
        self._by_mbid: dict[str, LastfmTrack] = {}
        self._artists: dict[str, list[LastfmTrack]] = {}
        self._by_word: dict[str, set[int]] = {}
        self._tracks: tuple[LastfmTrack, ...] = world.of(self.name)
        for number, track in enumerate(self._tracks):
            self._enter(number, track)
        self._methods: dict[str, Callable[[Query], Reply]] = {
            "track.getinfo": self._track_info,
            "track.gettoptags": self._track_tags,
            "artist.gettoptags": self._artist_tags,
            "track.search": self._search,
        }

    def _enter(self, number: int, track: LastfmTrack) -> None:
        self._exact[track.artist.casefold(), track.name.casefold()] = track
        for artist, name in ((track.artist, track.name), *track.aliases):
            self._corrected.setdefault((fold(artist), fold(name)), track)
            self._artists.setdefault(fold(artist), []).append(track)
        if track.mbid:
            self._by_mbid[track.mbid] = track
        for word in words(f"{track.artist} {track.name}"):
            self._by_word.setdefault(word, set()).add(number)

    def asked(self, query: Query) -> Asked:
        """Return what a request is about: the method is the operation."""
        method = query.get("method")
        text = " - ".join(
            part
            for part in (query.get("artist"), query.get("track"), query.get("mbid"))
            if part
        )
        return Asked(_PROPER.get(method.lower(), "other"), text)

    def turned_away(self, query: Query) -> Reply | None:
        """Refuse callers without a valid key before anything is counted."""
        key = query.get("api_key")
        if not key:
            # The same number as for a track that is not there.
            text = "Invalid parameters - Your request is missing a required parameter"
            return json_reply(400, {"message": text, "error": 6}, rejected=True)
        if key.startswith("wrong"):
            text = "Invalid API key - You must be granted a valid key by last.fm"
            return json_reply(403, {"message": text, "error": 10}, rejected=True)
        return None

    def answer(self, query: Query) -> Reply:
        """Answer from the catalogue."""
        method = self._methods.get(query.get("method").lower())
        if method is None:
            text = "Invalid Method - No method with that name in this package"
            return json_reply(400, {"message": text, "error": 3}, rejected=True)
        reply = method(query)
        if query.get("format") != "json":
            # The default format is XML.
            mark = b'<?xml version="1.0" encoding="UTF-8" ?>\n<lfm status="ok"></lfm>'
            return Reply(reply.status, mark, (("content-type", "text/xml"),))
        return reply

    def refuse(self, refusal: Refusal) -> Reply:  # noqa: ARG002 - it tells no time
        """Answer that the key asks too often: an error in a 200, no Retry-After."""
        return json_reply(200, {"error": 29, "message": _MESSAGES[29]})

    def fail(self, fault: Fault, now: float) -> Reply:  # noqa: ARG002 - it tells no time
        """Answer that the call failed, as a script wants it."""
        errors: dict[str, tuple[int, int]] = {
            FaultKind.RATE_LIMITED: (200, 29),
            FaultKind.OVER_RATE: (429, 29),
            FaultKind.QUOTA: (429, 29),
            FaultKind.BUSY: (503, 16),
            FaultKind.UNAUTHORIZED: (401, 9),
            FaultKind.FORBIDDEN: (403, 26),
            FaultKind.CAPABILITY_CLOSED: (403, 4),
            FaultKind.ERROR_BODY: (200, fault.error),
        }
        if fault.kind is FaultKind.RATE_LIMITED_PLAIN_TEXT:
            return Reply(429, b"Too many requests", (("content-type", "text/plain"),))
        status, error = errors.get(fault.kind, (500, 8))
        message = _MESSAGES.get(error, _MESSAGES[8])
        return json_reply(status, {"error": error, "message": message})

    def shed(self, asked: Asked, draw: Callable[[], float]) -> Reply | None:
        """Shed nothing."""

    def emptied(self, reply: Reply) -> Reply:
        """Take the contents out of an answer."""
        body = json.loads(reply.body)
        if isinstance(body, dict) and "results" in body:
            body["results"]["trackmatches"]["track"] = []
            return json_reply(reply.status, body)
        return Reply(reply.status, b"{}", reply.headers)

    def _found(self, query: Query) -> LastfmTrack | None:
        if mbid := query.get("mbid"):
            return self._by_mbid.get(mbid)
        artist, name = query.get("artist"), query.get("track")
        exact = self._exact.get((artist.strip().casefold(), name.strip().casefold()))
        if exact or query.get("autocorrect") != "1":
            return exact
        return self._corrected.get((fold(artist), fold(name)))

    def _track_info(self, query: Query) -> Reply:
        if missing := _missing(query, "artist", "track"):
            return missing
        track = self._found(query)
        return (
            _no_track() if track is None else json_reply(200, {"track": _info(track)})
        )

    def _track_tags(self, query: Query) -> Reply:
        if missing := _missing(query, "artist", "track"):
            return missing
        track = self._found(query)
        if track is None:
            return _no_track()
        about = {"artist": track.artist, "track": track.name}
        return json_reply(200, {"toptags": _counted(track.tags, about)})

    def _artist_tags(self, query: Query) -> Reply:
        if missing := _missing(query, "artist"):
            return missing
        artist = query.get("artist")
        tracks = self._artists.get(fold(artist))
        if not tracks:
            text = "The artist you supplied could not be found"
            return json_reply(200, {"error": 6, "message": text, "links": []})
        tags: dict[str, int] = {}
        for track in tracks:
            for name, count in track.tags:
                tags[name] = max(count, tags.get(name, 0))
        ranked = sorted(tags.items(), key=lambda tag: (-tag[1], tag[0]))
        corrected = query.get("autocorrect") == "1"
        about = {"artist": tracks[0].artist if corrected else artist}
        return json_reply(200, {"toptags": _counted(ranked, about)})

    def _search(self, query: Query) -> Reply:
        if not query.get("track"):
            return _missing(query, "track") or _no_track()
        wanted = words(f"{query.get('artist')} {query.get('track')}")
        sets = [self._by_word.get(word, set()) for word in wanted]
        numbers = set.intersection(*sets) if sets else set()
        ranked = sorted(numbers, key=lambda n: (-self._tracks[n].listeners, n))
        limit = min(max(_whole(query.get("limit"), 30), 1), 1_000)
        page = max(_whole(query.get("page"), 1), 1)
        start = (page - 1) * limit
        results = {
            "opensearch:Query": {
                "#text": "",
                "role": "request",
                "startPage": str(page),
            },
            "opensearch:totalResults": str(len(ranked)),
            "opensearch:startIndex": str(start),
            "opensearch:itemsPerPage": str(limit),
            "trackmatches": {
                "track": [
                    _match(self._tracks[n]) for n in ranked[start : start + limit]
                ]
            },
            "@attr": {},
        }
        return json_reply(200, {"results": results})


_PROPER = {
    "track.getinfo": "track.getInfo",
    "track.gettoptags": "track.getTopTags",
    "artist.gettoptags": "artist.getTopTags",
    "track.search": "track.search",
}


def _missing(query: Query, *names: str) -> Reply | None:
    if query.get("mbid") or all(query.get(name).strip() for name in names):
        return None
    text = "Invalid parameters - Your request is missing a required parameter"
    return json_reply(400, {"error": 6, "message": text, "links": []}, rejected=True)


def _no_track() -> Reply:
    return json_reply(200, {"error": 6, "message": "Track not found", "links": []})


def _info(track: LastfmTrack) -> dict[str, object]:
    url = page_url(track)
    body: dict[str, object] = {"name": track.name}
    if track.mbid:
        body["mbid"] = track.mbid
    body |= {
        "url": url,
        "duration": str(track.duration_ms),
        "streamable": {"#text": "0", "fulltrack": "0"},
        "listeners": str(track.listeners),
        "playcount": str(track.playcount),
        "artist": {
            "name": track.artist,
            "mbid": "",
            "url": f"https://www.last.fm/music/{quote_plus(track.artist)}",
        },
    }
    if track.album is not None:
        body["album"] = {
            "artist": track.artist,
            "title": track.album,
            "url": f"https://www.last.fm/music/{quote_plus(track.artist)}",
            "image": [
                {"#text": "", "size": size}
                for size in ("small", "medium", "large", "extralarge")
            ],
        }
    tags = [{"name": name, "url": _tag_url(name)} for name, _ in track.tags[:5]]
    body["toptags"] = {"tag": _one_or_many(tags)}
    return body


def _counted(
    tags: Sequence[tuple[str, int]], about: dict[str, str]
) -> dict[str, object]:
    rows = [
        {"count": count, "name": name, "url": _tag_url(name)} for name, count in tags
    ]
    return {"tag": _one_or_many(rows), "@attr": about}


def _one_or_many(rows: list[dict[str, object]] | list[dict[str, str]]) -> object:
    # What is a list of one in XML becomes the thing itself in Last.fm's JSON.
    return rows[0] if len(rows) == 1 else rows


def _match(track: LastfmTrack) -> dict[str, object]:
    return {
        "name": track.name,
        "artist": track.artist,
        "url": page_url(track),
        "streamable": "FIXME",
        "listeners": str(track.listeners),
        "image": [],
        "mbid": track.mbid,
    }


def page_url(track: LastfmTrack) -> str:
    """Return the address of a page, which is its id too."""
    artist, name = quote_plus(track.artist), quote_plus(track.name)
    return f"https://www.last.fm/music/{artist}/_/{name}"


def _tag_url(name: str) -> str:
    return f"https://www.last.fm/tag/{quote_plus(name)}"


def _whole(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default
