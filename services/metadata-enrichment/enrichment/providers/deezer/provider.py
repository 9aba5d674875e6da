"""Deezer: a track by ISRC or by names; its own page and its album's for the rest."""

from collections.abc import Sequence
from urllib.parse import quote

from enrichment.contract.identity.titles import parse_name
from enrichment.errors import Transient
from enrichment.model import (
    Absent,
    Answer,
    Candidate,
    Found,
    Question,
    Wanted,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.asking import search_key
from enrichment.providers.decoding import error_object, json_object
from enrichment.providers.deezer.pages import (
    ALBUM_CODE,
    DEEZER,
    read_album,
    read_track,
)
from enrichment.providers.deezer.refusals import error_of, is_no_data, refusal_of
from enrichment.providers.payload import isrc, mappings, number

BASE_URL = "https://api.deezer.com"
# Siblings of a known title fill the first rows of a search.
SEARCH_ROWS = 25
# Longer queries find nothing.
QUERY_CHARACTERS = 200


class Deezer:
    """The provider; it needs no key."""

    name = DEEZER

    def __init__(self, base_url: str = BASE_URL) -> None:
        self._base_url = base_url.rstrip("/")

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by ISRC, else by names."""
        # messages written by hand may hold anything for one
        if code := isrc(wanted.isrc):
            return Question(self.name, "isrc", key=code, isrc=code)
        name = wanted.name
        # rows do not hold all siblings of a known title
        remixers = " ".join(name.remixers)
        key = search_key(name, name.title, remixers)
        if key is None:
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
        """Return 1: there is no form for several."""
        del operation
        return 1

    def relies_on(self, questions: Sequence[Question]) -> None:
        """Rely on nothing that an account may lack."""

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a call.

        https://developers.deezer.com/api/search/track, /api/track and /api/album
        """
        (question,) = questions
        if question.operation == "search":
            params = (("q", _query(question)), ("limit", str(SEARCH_ROWS)))
            return HttpRequest("GET", f"{self._base_url}/search/track", params)
        # `/track/isrc:CODE` is a track, too
        place = "isrc:" if question.operation == "isrc" else ""
        kind = "album" if question.operation == "album" else "track"
        address = f"{self._base_url}/{kind}/{place}{quote(question.key, safe='')}"
        return HttpRequest("GET", address)

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read an answer; an error in an HTTP 200 is an error."""
        (question,) = questions
        body = (
            json_object(response) if response.status == 200 else error_object(response)
        )
        if error_of(body, response):
            if is_no_data(body):
                return Reading({question: Absent()})
            raise refusal_of(body, response)
        if question.operation == "search":
            return Reading({question: _page(body.get("data"), body.get("total"))})
        read = read_album if question.operation == "album" else read_track
        found = read(body)
        if found is None or not _is_what_was_asked(question, found):
            raise Transient(f"Deezer: another {question.operation} came", status=200)
        return Reading({question: Found((found,))})


def _query(question: Question) -> str:
    """Return plain words: the form with `artist:"…"` finds less."""
    artists = parse_name(question.artist, question.title).single_artists
    words = (*artists, question.title, question.version or "")
    return " ".join(" ".join(words).split())[:QUERY_CHARACTERS]


def _is_what_was_asked(question: Question, found: Candidate) -> bool:
    """Return whether an answer is of its question; an ISRC leads to what states it."""
    if question.operation == "isrc":
        return not found.isrcs or question.isrc in found.isrcs
    return found.id == question.key


def _page(rows: object, total: object) -> Answer:
    """Read a page of a search; none only where it says that there are none."""
    if not isinstance(rows, list):
        raise Transient("Deezer: a page without rows", status=200)
    if not rows and number(total) != 0:
        raise Transient("Deezer: an empty page that is not the whole", status=200)
    found = tuple(
        one for row in mappings(rows) if (one := read_track(row, is_whole=False))
    )
    if rows and not found:
        raise Transient("Deezer: a page of rows that cannot be read", status=200)
    return Found(found) if found else Absent()


def details(found: Candidate) -> tuple[Question, ...]:
    """
    Return what completes a match: its own page, then its album's.

    Rows of a search have no date and no tempo; label and barcode are the album's.
    """
    asked = []
    if found.release_date is None:
        asked.append(Question(DEEZER, "track", key=found.id))
    if album := found.code(ALBUM_CODE):
        asked.append(Question(DEEZER, "album", key=album))
    return tuple(asked)
