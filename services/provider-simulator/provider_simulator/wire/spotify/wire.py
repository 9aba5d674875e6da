"""
Spotify: token, search, tracks; what development mode has lost and refuses.

https://developer.spotify.com/documentation/web-api
"""

import hashlib
import json
import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

from provider_simulator.chance import Chance
from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind
from provider_simulator.limiters import Refusal, RefusalKind
from provider_simulator.settings import Settings
from provider_simulator.wire import (
    JSON_TYPE,
    PLAIN_TYPE,
    Asked,
    Query,
    Reply,
    Waits,
    json_reply,
)
from provider_simulator.wire.spotify import token
from provider_simulator.wire.spotify.bodies import API, Printer
from provider_simulator.wire.spotify.entries import SpotifyTrack
from provider_simulator.wire.spotify.search import (
    SearchInvalid,
    TrackIndex,
    read_search,
)
from provider_simulator.wire.spotify.settings import SpotifySettings
from provider_simulator.world.catalogue import World

_MOST_OFFSET = 1_000
# Closed to development mode (2026-02) or to all new apps (2024-11).
_CLOSED_TO_ALL = ("audio-features", "audio-analysis", "recommendations")
_ID = re.compile(r"[0-9A-Za-z]{22}")
_WAITS_LONG = 48_925.0  # a Retry-After as it was seen, about 13.6 hours


class SpotifyWire:
    """Answers from the Spotify tracks of a world."""

    name = "spotify"

    def __init__(self, world: World, settings: Settings, clock: Clock) -> None:
        self._seed, self._settings = settings.seed, settings.of(SpotifySettings)
        self._extended = self._settings.extended
        self._clock = clock
        self._waits = Waits(clock.scale, settings.fractional_retry_after)
        self._refused = 0
        tracks: tuple[SpotifyTrack, ...] = world.of(self.name)
        self._by_id = {track.id: track for track in tracks}
        self._artists = {a.spotify_id: a for t in tracks for a in t.artists}
        self._index = TrackIndex(tracks)
        self._print = Printer(extended=self._extended)

    def asked(self, query: Query) -> Asked:
        """Return what a request is about."""
        if query.path == "/api/token":
            return Asked("token")
        group, _, rest = query.path.removeprefix("/v1/").partition("/")
        if group == "search":
            return Asked("search", query.get("q"))
        if group == "tracks":
            ids = query.get("ids")
            if rest or not ids:
                return Asked("track", rest)
            return Asked("tracks", ids, ids.count(",") + 1)
        known = {
            "artists": "artist",
            "albums": "album",
            **{k: k for k in _CLOSED_TO_ALL},
        }
        return Asked(known.get(group, "other"), rest)

    def turned_away(self, query: Query) -> Reply | None:
        """Refuse callers without a valid token before anything is counted."""
        if query.path == "/api/token":
            return None
        bearer = query.headers.get("authorization", "")
        if not bearer:
            return self._unauthorized("missing_token")
        if not token.is_valid(bearer.removeprefix("Bearer "), self._clock):
            return self._unauthorized("invalid_token")
        return None

    def answer(self, query: Query) -> Reply:  # noqa: PLR0911 - one per endpoint
        """Answer from the catalogue."""
        if query.path == "/api/token":
            return token.issue(query, self._clock)
        if query.method != "GET":
            return _error(405, "Method not allowed")
        group, _, rest = query.path.removeprefix("/v1/").partition("/")
        batch = group in ("tracks", "artists", "albums") and not rest
        if group in _CLOSED_TO_ALL or (batch and not self._extended):
            return _error(403, "Forbidden")
        if group == "search":
            return self._search(query)
        if group == "tracks":
            return self._track(rest) if rest else self._tracks(query)
        if group == "artists" and rest in self._artists:
            return _cached(self._print.artist(self._artists[rest]), 0)
        return _error(404, "Resource not found", rejected=False)

    def refuse(self, refusal: Refusal) -> Reply:
        """Answer that the 30 seconds or the day are used up."""
        self._refused += 1
        chance = Chance(self._seed, "refusal", str(self._refused))
        wait = self._waits.real(refusal.retry_after)
        if refusal.kind is RefusalKind.QUOTA:
            return self._quota(wait)
        if chance.share("plain text") < self._settings.plain_text_share:
            return self._plain_text(wait)
        error = {"status": 429, "message": "API rate limit exceeded"}
        if chance.share("no retry after") < self._settings.no_retry_after_share:
            return json_reply(429, {"error": error})
        return json_reply(429, {"error": error}, ("retry-after", wait))

    def fail(self, fault: Fault, now: float) -> Reply:  # noqa: PLR0911 - one per kind
        """Answer that the call failed, as a script wants it."""
        kind = fault.kind
        if kind in (FaultKind.RATE_LIMITED, FaultKind.OVER_RATE):
            wait = self._waits.real(fault.asked_wait(now, 30.0))
            error = {"status": 429, "message": "API rate limit exceeded"}
            return json_reply(429, {"error": error}, ("retry-after", wait))
        if kind is FaultKind.RATE_LIMITED_PLAIN_TEXT:
            return self._plain_text(self._waits.real(fault.asked_wait(now, 19_056.0)))
        if kind is FaultKind.QUOTA:
            return self._quota(self._waits.real(fault.asked_wait(now, _WAITS_LONG)))
        if kind is FaultKind.UNAUTHORIZED:
            if fault.operation == "token":
                return token.invalid_client()
            return self._unauthorized("invalid_token")
        if kind is FaultKind.FORBIDDEN:
            return _error(
                403,
                "Active premium subscription required for the owner of the app. When "
                "the subscription status changes, it can take a few hours before "
                "requests are allowed again.",
            )
        if kind is FaultKind.CAPABILITY_CLOSED:
            return _error(403, "Forbidden")
        if kind is FaultKind.BUSY:
            return _error(503, "Service unavailable", rejected=False)
        error = {"status": 500, "message": "Server error"}
        return json_reply(
            200 if kind is FaultKind.ERROR_BODY else 500, {"error": error}
        )

    def shed(self, asked: Asked, draw: Callable[[], float]) -> Reply | None:
        """Shed nothing."""

    def emptied(self, reply: Reply) -> Reply:
        """Take the tracks out of a page and leave their count."""
        body = json.loads(reply.body)
        if not isinstance(body, dict) or "tracks" not in body:
            return Reply(reply.status, b"{}", reply.headers)
        if isinstance(body["tracks"], list):
            body["tracks"] = []
        else:
            body["tracks"]["items"] = []
        return json_reply(reply.status, body)

    def _search(self, query: Query) -> Reply:  # noqa: PLR0911 - one per mistake
        text = query.get("q")
        if not text.strip():
            return _error(400, "No search query")
        if "track" not in query.get("type").split(","):
            known = bool(query.get("type"))
            return _error(
                400, "Bad search type field" if known else "Missing parameter type"
            )
        if len(text) > self._settings.query_chars:
            most = self._settings.query_chars
            return _error(400, f"Query exceeds maximum length of {most} characters")
        usual, most = (20, 50) if self._extended else (5, 10)
        limit = query.get("limit") or str(usual)
        offset = query.get("offset") or "0"
        if not limit.isdigit() or not 1 <= int(limit) <= most:
            return _error(400, "Invalid limit")
        if not offset.isdigit() or int(offset) > _MOST_OFFSET:
            return _error(400, "Invalid offset")
        try:
            search = read_search(text)
            found = self._index.find(search)
            if self._settings.padding and len(found) < int(limit):
                found += self._index.near(search, found, int(limit))
        except SearchInvalid as fault:
            return _error(400, str(fault))
        return self._page(text, found, int(limit), int(offset))

    def _page(
        self, text: str, found: list[SpotifyTrack], limit: int, offset: int
    ) -> Reply:
        def address(start: int) -> str:
            params = {"query": text, "type": "track", "offset": start, "limit": limit}
            return f"{API}/search?{urlencode(params, quote_via=quote)}"

        total = len(found)
        page: dict[str, object] = {
            "href": address(offset),
            "limit": limit,
            "next": address(offset + limit) if offset + limit < total else None,
            "offset": offset,
            "previous": address(max(0, offset - limit)) if offset else None,
            "total": total,
        }
        rows = ",".join(self._print.track(t) for t in found[offset : offset + limit])
        head = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
        body = f'{{"tracks":{head[:-1]},"items":[{rows}]}}}}'
        return _cached(body, 7_200)

    def _track(self, track_id: str) -> Reply:
        if not _ID.fullmatch(track_id):
            return _error(400, "Invalid base62 id")
        if track_id not in self._by_id:
            return _error(404, "Resource not found", rejected=False)
        return _cached(self._print.track(self._by_id[track_id]), 0)

    def _tracks(self, query: Query) -> Reply:
        ids = query.get("ids").split(",")
        if len(ids) > 50:
            return _error(400, "Too many ids requested")
        # An unknown id gives null in its place.
        rows = [
            self._print.track(self._by_id[i]) if i in self._by_id else "null"
            for i in ids
        ]
        return _cached(f'{{"tracks":[{",".join(rows)}]}}', 0)

    # -- refusals -------------------------------------------------------------------

    def _quota(self, wait: str) -> Reply:
        error = {
            "status": 429,
            "message": "API rate limit exceeded",
            "reason": "QUOTA_EXCEEDED",
        }
        return json_reply(429, {"error": error}, ("retry-after", wait))

    def _plain_text(self, wait: str) -> Reply:
        return Reply(
            429,
            b"Too many requests",
            (
                PLAIN_TYPE,
                ("cache-control", "private, max-age=0"),
                ("retry-after", wait),
                ("server", "envoy"),
            ),
        )

    def _unauthorized(self, why: str) -> Reply:
        body = {
            "error": {"status": 401, "message": "Missing/invalid/expired access token"}
        }
        realm = f'Bearer realm="spotify", error="{why}"'
        return json_reply(401, body, ("www-authenticate", realm), rejected=True)


def _cached(body: str, max_age: int) -> Reply:
    content = body.encode()
    headers = [JSON_TYPE, ("cache-control", f"public, max-age={max_age}")]
    if not max_age:
        etag = hashlib.sha256(content).hexdigest()[:32]
        headers.append(("etag", f'"{etag}"'))
    return Reply(200, content, tuple(headers))


def _error(status: int, message: str, *, rejected: bool = True) -> Reply:
    body = {"error": {"status": status, "message": message}}
    return json_reply(status, body, rejected=rejected)
