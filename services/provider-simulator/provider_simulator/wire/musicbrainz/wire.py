"""
MusicBrainz WS/2: recording search, lookups by ISRC and id, addresses to recordings.

https://musicbrainz.org/doc/MusicBrainz_API
"""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultKind
from provider_simulator.limiters import Refusal, RefusalKind
from provider_simulator.search import lucene
from provider_simulator.search.index import Index
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
from provider_simulator.wire.musicbrainz import bodies, errors, fields
from provider_simulator.wire.musicbrainz.entries import Recording
from provider_simulator.wire.musicbrainz.settings import MusicBrainzSettings
from provider_simulator.world.catalogue import World

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RELATIONS = frozenset(
    f"{kind}-rels"
    for kind in (
        *("area", "artist", "event", "genre", "instrument", "label", "place"),
        *("recording", "recording-level", "release", "release-group", "series"),
        *("url", "work", "work-level"),
    )
)
_ISRC_INC = _RELATIONS | {
    *("artists", "artist-credits", "releases", "isrcs", "aliases", "tags"),
    *("user-tags", "ratings", "user-ratings"),
}
_RECORDING_INC = _ISRC_INC | {
    *("release-groups", "media", "discids", "genres", "user-genres", "annotation"),
}
# More addresses than these are dropped without a word (Controller/WS/2/URL.pm).
_MOST_RESOURCES = 100


class MusicBrainzWire:
    """Answers from the recordings of a world."""

    name = "musicbrainz"

    def __init__(self, world: World, settings: Settings, clock: Clock) -> None:
        self._settings = settings.of(MusicBrainzSettings)
        self._clock = clock
        self._waits = Waits(clock.scale, settings.fractional_retry_after)
        self._recordings: tuple[Recording, ...] = world.of(self.name)
        self._by_id: dict[str, Recording] = {}
        self._by_isrc: defaultdict[str, list[Recording]] = defaultdict(list)
        self._by_url: defaultdict[str, list[tuple[str, Recording]]] = defaultdict(list)
        self._index = Index()
        self._hits: dict[int, tuple[str, str]] = {}
        for number, recording in enumerate(self._recordings):
            self._enter(number, recording)

    def _enter(self, number: int, recording: Recording) -> None:
        for mbid in (recording.mbid, *recording.merged):
            self._by_id[mbid] = recording
        for isrc in recording.isrcs:
            self._by_isrc[isrc].append(recording)
        for kind, url in recording.urls:
            self._by_url[url].append((kind, recording))
        if recording.indexed:
            self._index.add(number, fields.texts(recording), fields.numbers(recording))

    def asked(self, query: Query) -> Asked:
        """Return what a request is about; members are OR members or addresses."""
        kind, _, rest = query.path.removeprefix("/ws/2/").partition("/")
        if kind == "url":
            resources = query.all("resource")
            return Asked("url", " ".join(resources), max(1, len(resources)))
        if rest:
            return Asked(kind if kind in ("isrc", "recording") else "other", rest)
        text = query.get("query")
        try:
            members = lucene.members(lucene.parse(text)) if text.strip() else 1
        except lucene.QueryInvalid:
            members = 1
        return Asked("search" if kind == "recording" else "other", text, members)

    def turned_away(self, query: Query) -> Reply | None:
        """Refuse callers that send no User-Agent."""
        if query.headers.get("user-agent"):
            return None
        text = (
            "Your requests are being throttled by MusicBrainz because the application "
            "you are using has not identified itself. Please update your application, "
            "and see http://musicbrainz.org/doc/XML_Web_Service/Rate_Limiting for more "
            "information."
        )
        return errors.gateway_reply(
            403, text, ("x-ratelimit-who", "ua-missing"), ("x-mb-rate-limiter", "lua")
        )

    def answer(self, query: Query) -> Reply:
        """Answer from the catalogue."""
        if query.line_chars > self._settings.url_chars:
            page = b"<html><head><title>414 Request-URI Too Large</title></head></html>"
            return Reply(414, page, (("content-type", "text/html"),), rejected=True)
        if query.method != "GET":
            return errors.mistake(405, "Method Not Allowed")
        kind, _, rest = query.path.removeprefix("/ws/2/").partition("/")
        if kind == "recording" and rest:
            reply = self._recording(rest, query)
        elif kind == "recording":
            reply = self._search(query)
        elif kind == "isrc" and rest:
            reply = self._isrc(rest, query)
        elif kind == "url" and not rest:
            reply = self._url(query)
        else:
            reply = errors.not_found()
        if not _wants_json(query):
            # Without fmt=json the answer is XML, whatever it says.
            mark = b'<?xml version="1.0" encoding="UTF-8"?><metadata/>'
            xml = (("content-type", "application/xml; charset=utf-8"),)
            return Reply(reply.status, mark, xml, rejected=reply.rejected)
        return reply

    def refuse(self, refusal: Refusal) -> Reply:
        """Answer that this address (or everybody) asks too fast: 503, not 429."""
        text = (
            "Your requests are exceeding the allowable rate limit. Please see "
            "http://wiki.musicbrainz.org/XMLWebService for more information."
        )
        return errors.gateway_reply(
            503,
            text,
            ("x-ratelimit-zone", refusal.zone),
            ("x-ratelimit-limit", str(refusal.limit)),
            ("x-ratelimit-remaining", "0"),
            ("retry-after", self._waits.real(refusal.retry_after)),
        )

    def shed(self, asked: Asked, draw: Callable[[], float]) -> Reply | None:
        """Shed a share of all calls, and of searches another one beside it."""
        shares = self._settings
        if asked.operation == "search" and draw() < shares.search_shed_share:
            return errors.busy(search=True)
        return errors.busy(search=False) if draw() < shares.shed_share else None

    def fail(self, fault: Fault, now: float) -> Reply:
        """Answer that the call failed, as a script wants it."""
        kind = fault.kind
        if kind in (FaultKind.OVER_RATE, FaultKind.RATE_LIMITED, FaultKind.QUOTA):
            wait = fault.asked_wait(now, 1.0)
            return self.refuse(Refusal(RefusalKind.RATE, wait, "ws ip=127.0.0.1", 22))
        if kind is FaultKind.BUSY:
            return errors.busy(search=fault.operation in ("*", "search"))
        if kind is FaultKind.RATE_LIMITED_PLAIN_TEXT:
            wait_text = self._waits.real(fault.asked_wait(now, 1.0))
            return Reply(
                429, b"Too many requests", (PLAIN_TYPE, ("retry-after", wait_text))
            )
        if kind is FaultKind.UNAUTHORIZED:
            return errors.mistake(401, "Your credentials could not be verified.")
        if kind in (FaultKind.FORBIDDEN, FaultKind.CAPABILITY_CLOSED):
            return json_reply(403, {"error": "You are not allowed to do that."})
        status = 200 if kind is FaultKind.ERROR_BODY else 500
        return json_reply(
            status, {"error": "Internal server error", "help": errors.HELP}
        )

    def emptied(self, reply: Reply) -> Reply:
        """Take the hits out of a page and leave their count."""
        head, found, _ = reply.body.partition(b'"recordings":[')
        if not found:
            return Reply(reply.status, b"{}", reply.headers)
        return Reply(reply.status, head + b'"recordings":[]}', reply.headers)

    def _search(self, query: Query) -> Reply:
        texts = query.all("query")
        if len(texts) > 1:
            return errors.mistake(400, "Must specify at most 1 query argument")
        if not texts or not texts[0].strip():
            return errors.mistake(
                400,
                "You submitted a blank search query. You must include a non-blank "
                "'query=' parameter with your search.",
            )
        try:
            ranked = self._index.search(lucene.parse(texts[0]))
        except lucene.QueryInvalid:
            return errors.mistake(
                400, "Search server could not complete query: Bad request"
            )
        limit = _whole(query.get("limit"), 25)
        # Outside 1..100 is not cut to 100: it falls back to 25.
        limit = limit if 1 <= limit <= 100 else 25
        offset = max(0, _whole(query.get("offset"), 0))
        page = ranked[offset : offset + limit]
        created = datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(
            timespec="milliseconds"
        )
        rows = ",".join(self._hit(number, score) for number, score in page)
        body = (
            f'{{"created":"{created.replace("+00:00", "Z")}","count":{len(ranked)},'
            f'"offset":{offset},"recordings":[{rows}]}}'
        )
        headers = (("x-ratelimit-limit", "400"), ("x-ratelimit-remaining", "311"))
        return Reply(200, body.encode(), (JSON_TYPE, *headers))

    def _hit(self, number: int, score: int) -> str:
        if number not in self._hits:
            self._hits[number] = bodies.hit(self._recordings[number])
        before, after = self._hits[number]
        return f"{before}{score}{after}"

    def _isrc(self, isrc: str, query: Query) -> Reply:
        if not _ISRC.fullmatch(isrc):
            return errors.mistake(400, "Invalid isrc.")
        inc = _inc(query)
        if unknown := inc - _ISRC_INC:
            return errors.unknown_inc(unknown, "isrc")
        recordings = self._by_isrc.get(isrc)
        if not recordings:
            return errors.not_found()
        # Probes say that inc=releases yields nothing here.
        rows = [bodies.lookup(row, inc - {"releases"}) for row in recordings]
        return json_reply(200, {"isrc": isrc, "recordings": rows}, *_LOOKUP_HEADERS)

    def _recording(self, mbid: str, query: Query) -> Reply:
        if not _MBID.fullmatch(mbid):
            return errors.mistake(400, "Invalid mbid.")
        inc = _inc(query)
        if unknown := inc - _RECORDING_INC:
            return errors.unknown_inc(unknown, "recording")
        # A merged id answers with the recording it was merged into.
        recording = self._by_id.get(mbid.lower())
        if recording is None:
            return errors.not_found()
        return json_reply(200, bodies.lookup(recording, inc), *_LOOKUP_HEADERS)

    def _url(self, query: Query) -> Reply:
        resources = query.all("resource")
        if not resources:
            return errors.mistake(400, "Must specify a resource.")
        if unknown := _inc(query) - _RELATIONS:
            return errors.unknown_inc(unknown, "url")
        if len(resources) == 1:
            return self._single_url(resources[0], query)
        known = sorted(
            {url for url in resources[:_MOST_RESOURCES] if url in self._by_url}
        )
        rows = [self._address(url, query) for url in known]
        body = {"url-count": len(rows), "url-offset": 0, "urls": rows}
        return json_reply(200, body, *_LOOKUP_HEADERS)

    def _single_url(self, url: str, query: Query) -> Reply:
        if url not in self._by_url:
            return errors.not_found()
        return json_reply(200, self._address(url, query), *_LOOKUP_HEADERS)

    def _address(self, url: str, query: Query) -> dict[str, object]:
        body: dict[str, object] = {"id": bodies.url_id(url), "resource": url}
        if "recording-rels" in _inc(query):
            body["relations"] = [
                bodies.recording_relation(recording, kind)
                for kind, recording in self._by_url[url]
            ]
        return body


_LOOKUP_HEADERS = (("x-ratelimit-limit", "1200"), ("x-ratelimit-remaining", "873"))


def _inc(query: Query) -> frozenset[str]:
    return frozenset(re.split(r"[\s+]+", query.get("inc").strip())) - {""}


def _wants_json(query: Query) -> bool:
    wanted = query.get("fmt")
    if wanted:
        return wanted == "json"
    return "application/json" in query.headers.get("accept", "")


def _whole(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else default
