"""Spotify: search by ISRC or by names; knows what a new app may no longer call."""

import re
from collections.abc import Mapping, Sequence

from enrichment.contract.titles import parse_name
from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.asking import search_key, single_artists
from enrichment.providers.payload import (
    error_object,
    isrc,
    json_object,
    mapping,
    mappings,
    milliseconds,
    number,
    partial_date,
    retry_after_seconds,
    text,
)
from enrichment.providers.table import PROVIDERS
from enrichment.tracks import (
    Absent,
    Answer,
    Candidate,
    Found,
    ProviderName,
    Question,
    Wanted,
)

ROW = PROVIDERS[ProviderName.SPOTIFY]
# The most that development mode allows since February 2026; more is a 400.
SEARCH_LIMIT = 10
# Longer ones are answered with 400 or 404.
QUERY_CHARACTERS = 100
# An artist may take this much of it, so that the title keeps the larger part.
ARTIST_CHARACTERS = 30
# A longer Retry-After is no matter of the 30 s window, whatever the body says.
LONGEST_RATE_WAIT_SECONDS = 60

# What breaks a filter or is an operator; what may stand inside a name stays ("P!nk").
_BREAKING = re.compile(r"[^\w\s!$@#%.]+|_+")
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_EDGES = "!$@#%."
_OPERATORS = frozenset({"AND", "OR", "NOT"})


class Spotify:
    """The provider; its calls need the token that `spotify_token` gives."""

    name = ProviderName.SPOTIFY
    fields = ROW.fields

    def __init__(self, base_url: str = ROW.base_url) -> None:
        self._base_url = base_url.rstrip("/")

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by ISRC, else by names; a remix by its remixers too."""
        # messages written by hand may hold anything for one
        if code := isrc(wanted.isrc):
            return Question(self.name, "isrc", key=code, isrc=code)
        name = wanted.name
        # ten rows do not hold all siblings of a known title
        remixers = " ".join(name.remixers)
        key = search_key(name, name.title, remixers)
        if key is None or not _words(name.title):
            return None
        return Question(
            self.name,
            "search",
            key=key,
            artist=name.artist,
            title=name.title,
            version=remixers or None,
        )

    def batch_size(self, operation: str) -> int:
        """One: `OR` between ISRCs is undocumented, and batch gets are closed."""
        del operation
        return 1

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a search.

        https://developer.spotify.com/documentation/web-api/reference/search
        """
        (question,) = questions
        if question.operation == "isrc":
            query = f"isrc:{question.isrc}"
        else:
            query = search_query(question)
        return HttpRequest(
            method="GET",
            url=f"{self._base_url}/search",
            params=(("q", query), ("type", "track"), ("limit", str(SEARCH_LIMIT))),
        )

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read a page of tracks, or raise what its refusal means."""
        (question,) = questions
        if response.status != 200:
            raise _refusal(response)
        candidates = [
            candidate
            for track in _tracks(json_object(response))
            if (candidate := _candidate(track)) is not None
        ]
        if question.operation == "isrc":
            # what states another ISRC is not the answer; what states none may be
            candidates = [
                candidate
                for candidate in candidates
                if question.isrc in candidate.isrcs or not candidate.isrcs
            ]
        answer: Answer = Found(tuple(candidates)) if candidates else Absent()
        return Reading({question: answer})


def search_query(question: Question) -> str:
    """Give `q` by names, at most `QUERY_CHARACTERS` long, cut at a word's end."""
    artist = single_artists(parse_name(question.artist, question.title))[0]
    artists = _fitting(_words(artist), ARTIST_CHARACTERS)
    room = QUERY_CHARACTERS - len('track:"" artist:""') - len(artists)
    title = _fitting(_words(question.title), room)
    query = f'track:"{title}" artist:"{artists}"' if artists else f'track:"{title}"'
    remixers = _fitting(
        _words(question.version or ""), QUERY_CHARACTERS - len(query) - 1
    )
    return f"{query} {remixers}".rstrip()


def _words(printed: str) -> list[str]:
    """Give the words of a name without punctuation that breaks filters."""
    plain = _BREAKING.sub(" ", _APOSTROPHES.sub("", printed))
    words = (word.strip(_EDGES) for word in plain.split())
    return [word.lower() if word in _OPERATORS else word for word in words if word]


def _fitting(words: Sequence[str], room: int) -> str:
    """Join as many words as fit; a first word that is too long is cut."""
    joined = ""
    for word in words:
        longer = f"{joined} {word}".lstrip()
        if len(longer) > room:
            break
        joined = longer
    return joined or "".join(words[:1])[: max(room, 0)]


def _tracks(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    page = mapping(body.get("tracks")) or body
    items = page.get("items")
    if not isinstance(items, list):
        raise Transient("Spotify: a search page without items", status=200)
    if not items and number(page.get("total")):
        raise Transient("Spotify: an empty page of several hits", status=200)
    return mappings(items)


def _candidate(track: Mapping[str, object]) -> Candidate | None:
    """Read a track; None for local files (no id) and episodes."""
    track_id, title = text(track.get("id")), text(track.get("name"))
    if track_id is None or title is None or track.get("type", "track") != "track":
        return None
    credited = [
        (name, text(artist.get("id")) or "")
        for artist in mappings(track.get("artists"))
        if (name := text(artist.get("name")))
    ]
    album = mapping(track.get("album"))
    code = isrc(mapping(track.get("external_ids")).get("isrc"))
    return Candidate(
        provider=ProviderName.SPOTIFY,
        id=track_id,
        artist=", ".join(name for name, _ in credited),
        title=title,
        artists=tuple(name for name, _ in credited),
        artist_ids=tuple(artist_id for _, artist_id in credited),
        album=text(album.get("name")),
        duration_ms=milliseconds(track.get("duration_ms")),
        isrcs=(code,) if code else (),
        release_date=partial_date(album.get("release_date")),
        popularity=number(track.get("popularity"), most=100),
        artwork_url=_largest_image(album),
        label=text(album.get("label")),
        url=text(mapping(track.get("external_urls")).get("spotify")),
    )


def _largest_image(album: Mapping[str, object]) -> str | None:
    images = mappings(album.get("images"))
    widest = max(images, key=lambda image: number(image.get("width")) or 0, default={})
    return text(mapping(widest).get("url"))


def _refusal(response: HttpResponse) -> ProviderError:
    """Say what a status other than 200 means; a body may be plain text."""
    status = response.status
    body = error_object(response)
    error = mapping(body.get("error"))
    message = text(error.get("message")) or f"HTTP {status}"
    said = f"Spotify: {message}"
    if status == 429:
        wait = retry_after_seconds(response.headers)
        reason = text(error.get("reason")) or text(body.get("reason"))
        kind = _limit_kind(reason, wait, is_json=bool(body))
        return RateLimited(said, kind=kind, retry_after=wait, status=status)
    if status == 401:
        return CredentialsRefused(said, status=status)
    if status == 403:
        if "premium" in message.casefold():
            return CredentialsRefused(said, status=status)
        return CapabilityClosed(said, status=status)
    if status in {400, 404, 414}:
        return QuestionRefused(said, status=status)
    return Transient(said, status=status)


def _limit_kind(reason: str | None, wait: float | None, *, is_json: bool) -> LimitKind:
    if reason == "QUOTA_EXCEEDED":
        return LimitKind.QUOTA
    if wait is not None and wait > LONGEST_RATE_WAIT_SECONDS:
        # the edge's plain "Too many requests", for hours, shuts the whole app out
        return LimitKind.QUOTA if is_json else LimitKind.BAN
    return LimitKind.RATE
