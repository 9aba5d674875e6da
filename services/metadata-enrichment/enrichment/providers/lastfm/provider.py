"""Last.fm: listeners, plays and tags; knows that HTTP 200 can carry an error."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.model import (
    Absent,
    Answer,
    Candidate,
    Found,
    ProviderName,
    Question,
    Wanted,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.asking import is_plain, search_key
from enrichment.providers.decoding import error_object, json_object, xml_error
from enrichment.providers.payload import (
    mapping,
    mappings,
    milliseconds,
    number,
    printed_name,
    retry_after_seconds,
    text,
    weighted,
)

LASTFM = ProviderName("lastfm")
BASE_URL = "https://ws.audioscrobbler.com/2.0/"
METHODS = {"track": "track.getInfo", "tags": "track.getTopTags"}
# track.getInfo ranks up to five tags without counts: each weighs a fifth less.
RANK_STEP = 20
# Tags kept of track.getTopTags, which gives up to 100; the rest are single people's.
TAGS_KEPT = 10
# Longer names are no names; the API cuts or refuses them.
NAME_CHARACTERS = 300
# The grey star that stands for "no picture".
_PLACEHOLDER = "2a96cbd8b46e442fc41c2b86b821562f"
# The catch-all artist that unknown names lead to.
_UNKNOWN_ARTIST = "[unknown]"
_NOT_FOUND = re.compile(r"not\s+(be\s+)?found|no such", re.IGNORECASE)

# https://www.last.fm/api/errorcodes
_CREDENTIALS = frozenset({4, 9, 10, 14, 17, 26})
_BACKEND = frozenset({8, 11, 16})
_RATE = 29
_PARAMETERS = 6


class LastFm:
    """The provider; the key goes into the parameters and is masked in every log."""

    name = LASTFM

    def __init__(self, api_key: str, base_url: str = BASE_URL) -> None:
        self._api_key = api_key
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"LastFm({self._base_url!r})"

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by names, with the version where it makes another track."""
        return self._question(wanted, "track")

    def tags_question(self, wanted: Wanted) -> Question | None:
        """Ask for tags with counts: a second call, where five ranked ones are few."""
        return self._question(wanted, "tags")

    def _question(self, wanted: Wanted, operation: str) -> Question | None:
        name = wanted.name
        title = name.title
        if name.version and not is_plain(name):
            title = f"{title} ({name.version})"
        if search_key(name, title) is None:
            return None
        return Question(
            self.name,
            operation,
            key=_page_key(name.artist, title),
            artist=name.artist,
            title=title,
        )

    def batch_size(self, operation: str) -> int:
        """One: there is no batch form."""
        del operation
        return 1

    def relies_on(self, questions: Sequence[Question]) -> None:
        """Rely on nothing that an account may lack."""

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a call.

        https://www.last.fm/api/show/track.getInfo and track.getTopTags
        """
        (question,) = questions
        return HttpRequest(
            method="GET",
            url=self._base_url,
            params=(
                ("method", METHODS[question.operation]),
                ("artist", question.artist[:NAME_CHARACTERS]),
                ("track", question.title[:NAME_CHARACTERS]),
                ("autocorrect", "1"),
                ("format", "json"),
                ("api_key", self._api_key),
            ),
        )

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read a track or its tags; errors go by the body's number, not the status."""
        (question,) = questions
        body = _body(response)
        if body.get("error") is not None or response.status != 200:
            refusal = _refusal(body, response)
            if refusal is None:
                return Reading({question: Absent()})
            raise refusal
        if question.operation == "tags":
            candidate = _tagged(body, question)
        else:
            candidate = _track(body)
        answer: Answer = Found((candidate,)) if candidate else Absent()
        return Reading({question: answer})


def _page_key(artist: str, title: str) -> str:
    """Name a page: case apart, Last.fm keeps every spelling on a page of its own."""
    names = (unicodedata.normalize("NFC", name).casefold() for name in (artist, title))
    return ":".join(" ".join(name.split()) for name in names)


def _body(response: HttpResponse) -> Mapping[str, object]:
    """Decode the body; an error may come as XML though JSON was asked for."""
    if error := xml_error(response):
        return {"error": error[0], "message": error[1]}
    return json_object(response) if response.status == 200 else error_object(response)


def _track(body: Mapping[str, object]) -> Candidate | None:
    """Read track.getInfo; None for the catch-all artist."""
    track = mapping(body.get("track"))
    title = printed_name(track.get("name"))
    artist, artist_mbid = _artist(track.get("artist"))
    if title is None or artist is None:
        raise Transient("Last.fm: an answer without a track", status=200)
    if artist.casefold() == _UNKNOWN_ARTIST:
        return None
    album = next(iter(mappings(track.get("album"))), {})
    tags = mappings(mapping(track.get("toptags")).get("tag"))
    named = {artist.casefold(), title.casefold()}
    names = [name for tag in tags if (name := _tag_name(tag, named))]
    ranked = [
        (name, max(RANK_STEP, 100 - RANK_STEP * rank))
        for rank, name in enumerate(names)
    ]
    url = text(track.get("url"))
    return Candidate(
        provider=LASTFM,
        id=url or f"{artist}/_/{title}",
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=(artist_mbid or "",),
        album=printed_name(album.get("title")),
        duration_ms=milliseconds(track.get("duration")),
        genres=weighted(ranked),
        listeners=number(track.get("listeners")),
        playcount=number(track.get("playcount")),
        artwork_url=_picture(album),
        url=url,
    )


def _tagged(body: Mapping[str, object], question: Question) -> Candidate | None:
    """Read track.getTopTags; None where nobody has tagged the track."""
    if "toptags" not in body:
        raise Transient("Last.fm: an answer without tags", status=200)
    toptags = mapping(body.get("toptags"))
    # as autocorrected, where it says so
    corrected = mapping(toptags.get("@attr"))
    artist = printed_name(corrected.get("artist")) or question.artist
    title = printed_name(corrected.get("track")) or question.title
    named = {artist.casefold(), title.casefold()}
    tags = [
        (name, number(tag.get("count")) or 0)
        for tag in mappings(toptags.get("tag"))
        if (name := _tag_name(tag, named))
    ]
    if not tags:
        return None
    return Candidate(
        provider=LASTFM,
        id=f"{artist}/_/{title}",
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=("",),
        genres=weighted(tags)[:TAGS_KEPT],
    )


def _tag_name(tag: Mapping[str, object], named: AbstractSet[str]) -> str | None:
    """Return a tag's name; people tag tracks with their artist and title too."""
    name = printed_name(tag.get("name"))
    return None if name is None or name.casefold() in named else name


def _artist(value: object) -> tuple[str | None, str | None]:
    """Return name and MBID of an artist that is an object or a bare name."""
    if not isinstance(value, dict):
        return printed_name(value), None
    name = printed_name(value.get("name")) or text(value.get("#text"))
    return name, text(value.get("mbid"))


def _picture(album: Mapping[str, object]) -> str | None:
    """Return the last, largest picture that is none of the placeholder."""
    urls = [text(image.get("#text")) for image in mappings(album.get("image"))]
    shown = [url for url in urls if url and _PLACEHOLDER not in url]
    return shown[-1] if shown else None


def _refusal(
    body: Mapping[str, object], response: HttpResponse
) -> ProviderError | None:
    """Return what an error means; None when it says that the track is not known."""
    status, wait = response.status, retry_after_seconds(response.headers)
    error = number(body.get("error"))
    message = text(body.get("message")) or f"HTTP {status}"
    said = f"Last.fm: {message} (error {error})"
    if error == _PARAMETERS and _NOT_FOUND.search(message):
        return None
    if error == _RATE or (error is None and status == 429):
        return RateLimited(said, kind=LimitKind.RATE, retry_after=wait, status=status)
    if error in _CREDENTIALS or (error is None and status == 401):
        return CredentialsRefused(said, status=status)
    # a page without a number is of what is before Last.fm, not its own word
    if error in _BACKEND or error is None or status >= 500:
        return Transient(said, status=status, retry_after=wait)
    if error == _PARAMETERS and "api" in message.casefold():
        # the same number for a missing key as for an unknown track
        return CredentialsRefused(said, status=status)
    return QuestionRefused(said, status=status)
