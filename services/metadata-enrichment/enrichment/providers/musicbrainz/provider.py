"""MusicBrainz: recordings by ISRC or by names, many questions in one search."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from enrichment.contract.identity.titles import parse_name
from enrichment.errors import ConfigurationError, Transient
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
from enrichment.providers.decoding import json_object
from enrichment.providers.musicbrainz.members import Row, by_isrc, by_name
from enrichment.providers.musicbrainz.read import MUSICBRAINZ, read_row
from enrichment.providers.musicbrainz.refusals import refusal_of
from enrichment.providers.payload import isrc, number

BASE_URL = "https://musicbrainz.org/ws/2"
# A page's rows; outside 1..100 the server silently takes 25.
PAGE_ROWS = 100
# Questions in one search by names: a question brings its siblings, a few rows each.
SEARCH_BATCH = 25
# By ISRC: one in eight owns several recordings, so 67 questions bring 80 rows; two
# batches of 100 messages make three calls.
ISRC_BATCH = 67
# The longest batch whose address was seen to be taken.
LARGEST_BATCH = 100

# An address of 6 to 7 kB is refused; this is the query's part of it, percent-encoded.
QUERY_BYTES = 5500
# Artists of one credit that are asked for; any of them will do.
ARTISTS_ASKED = 3
# The clause without its phrases, percent-encoded, rounded up.
_CLAUSE_BYTES = 60
_ARTIST_BYTES = 20
# A title keeps at least this share of its question's room.
_TITLE_SHARE = 0.5

# `/` opens a regular expression; MusicBrainz' own escape list lacks it.
_SPECIAL = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
_OPERATOR = re.compile(r"\b(AND|OR|NOT)\b")

# Shared by everyone who does not name himself, and throttled together.
_LIBRARIES = re.compile(
    r"\s*(python|httpx|aiohttp|requests|curl|wget|java|jakarta|go-http|mozilla|-*$)",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\S@\S|https?://\S")


class MusicBrainz:
    """
    The provider.

    Args:
        user_agent: names this installation, with contact: "App/1.0 ( mail )".
        search_batch, isrc_batch: questions in one call.
    """

    name = MUSICBRAINZ

    def __init__(
        self,
        user_agent: str,
        base_url: str = BASE_URL,
        *,
        search_batch: int = SEARCH_BATCH,
        isrc_batch: int = ISRC_BATCH,
    ) -> None:
        self._user_agent = checked_user_agent(user_agent)
        self._base_url = base_url.rstrip("/")
        self._batches = {"search": search_batch, "isrc": isrc_batch}
        for operation, size in self._batches.items():
            if not 1 <= size <= LARGEST_BATCH:
                raise ConfigurationError(
                    f"MusicBrainz takes 1 to {LARGEST_BATCH} questions in one"
                    f" {operation} call, not {size}"
                )

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by ISRC, else by names; all versions of a title are one question."""
        # messages written by hand may hold anything for one
        if code := isrc(wanted.isrc):
            return Question(self.name, "isrc", key=code, isrc=code)
        name = wanted.name
        key = search_key(name, name.title)
        if key is None:
            return None
        return Question(
            self.name, "search", key=key, artist=name.artist, title=name.title
        )

    def batch_size(self, operation: str) -> int:
        """Return the configured size."""
        return self._batches[operation]

    def relies_on(self, questions: Sequence[Question]) -> None:
        """Rely on nothing that an account may lack."""

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a search.

        https://musicbrainz.org/doc/MusicBrainz_API/Search#Recording
        """
        by_code = questions[0].operation == "isrc"
        query = isrc_query(questions) if by_code else search_query(questions)
        return HttpRequest(
            method="GET",
            url=f"{self._base_url}/recording",
            params=(("query", query), ("fmt", "json"), ("limit", str(PAGE_ROWS))),
            headers=(("User-Agent", self._user_agent),),
        )

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read a page for all its questions; a page that is not the whole is halved."""
        if response.status != 200:
            raise refusal_of(response)
        body = json_object(response)
        found = body.get("recordings")
        if not isinstance(found, list):
            raise refusal_of(response)
        count = number(body.get("count"))
        if not found and count != 0:
            raise Transient("MusicBrainz: an empty page of several hits", status=200)
        # what lies on further pages is unknown, so no member can be called absent
        if len(questions) > 1 and _goes_on(count, len(found)):
            half = len(questions) // 2
            return Reading({}, (tuple(questions[:half]), tuple(questions[half:])))
        rows = [row for one in found if (row := read_row(one)) is not None]
        by_code = questions[0].operation == "isrc"
        handed = (by_isrc if by_code else by_name)(questions, rows)
        owned = [row for row in rows if _tells_its_owner(row, questions)]
        return _reading(handed, has_lost=len(owned) < len(found))


def _goes_on(count: int | None, rows: int) -> bool:
    """Return whether further pages hold more; a full page that does not say may."""
    return rows >= PAGE_ROWS if count is None else count > rows


def _tells_its_owner(row: Row, questions: Sequence[Question]) -> bool:
    """Return whether a row says of itself which question of a batch it answers."""
    if len(questions) == 1:
        return True
    by_code = questions[0].operation == "isrc"
    return bool(row.candidate.isrcs if by_code else row.names)


def _reading(
    handed: Mapping[Question, tuple[Candidate, ...]], *, has_lost: bool
) -> Reading:
    """
    Return what was handed out; nobody is called absent whose row may be a lost one.

    Raises:
        Transient: nothing could be handed out of a page that holds something.
    """
    empty = [question for question, candidates in handed.items() if not candidates]
    if not has_lost or not empty:
        return Reading({q: _answer(candidates) for q, candidates in handed.items()})
    if len(empty) == len(handed):
        raise Transient("MusicBrainz: a page of rows that nobody owns", status=200)
    known = {q: _answer(candidates) for q, candidates in handed.items() if candidates}
    return Reading(known, tuple((question,) for question in empty))


def checked_user_agent(user_agent: str) -> str:
    """
    Return the User-Agent as it may be sent.

    https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting#Provide_meaningful_User-Agent_strings

    Raises:
        ConfigurationError: empty, a library's own, or without contact.
    """
    agent = " ".join(user_agent.split())
    if not agent or _LIBRARIES.match(agent) or not _CONTACT.search(agent):
        raise ConfigurationError(
            "MUSICBRAINZ_USER_AGENT must name this installation with a contact, as in"
            ' "MyTracklists/1.0 ( mail@example.org )"'
        )
    if not agent.isascii() or not agent.isprintable():
        raise ConfigurationError("MUSICBRAINZ_USER_AGENT must be plain ASCII")
    return agent


def _answer(candidates: tuple[Candidate, ...]) -> Answer:
    return Found(candidates) if candidates else Absent()


def isrc_query(questions: Sequence[Question]) -> str:
    """Return `isrc:A OR isrc:B`; the field holds all ISRCs of a recording."""
    return " OR ".join(f"isrc:{question.isrc}" for question in questions)


def search_query(questions: Sequence[Question]) -> str:
    """
    Return one clause per question, joined by OR.

    A clause wants the base title as a phrase, so that all versions come back and
    matching chooses, and any single artist of the credit, since credits differ in
    order, in "&" and "vs.", and in who is only featured.
    """
    room = QUERY_BYTES // len(questions)
    clauses = [_clause(question, room) for question in questions]
    return clauses[0] if len(clauses) == 1 else " OR ".join(f"({c})" for c in clauses)


def phrase(printed: str, room: int = QUERY_BYTES) -> str:
    """Return a quoted, escaped phrase of at most `room` bytes when percent-encoded."""
    plain = "".join(c if c.isprintable() else " " for c in printed)
    words = _OPERATOR.sub(lambda word: word.group().lower(), plain).split()
    while len(words) > 1 and _encoded(" ".join(words)) > room:
        words.pop()
    kept = " ".join(words)
    while len(kept) > 1 and _encoded(kept) > room:
        # one word without spaces, as Japanese writes
        kept = kept[:-1]
    return f'"{_escaped(kept)}"'


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)


def _encoded(words: str) -> int:
    return len(quote_plus(_escaped(words)))


def _clause(question: Question, room: int) -> str:
    artists = parse_name(question.artist, question.title).single_artists
    asked = artists[:ARTISTS_ASKED]
    free = max(room - _CLAUSE_BYTES - _ARTIST_BYTES * len(asked), 60)
    title = phrase(question.title, int(free * _TITLE_SHARE))
    each = int(free * (1 - _TITLE_SHARE)) // len(asked)
    wanted = " OR ".join(f"artist:{phrase(artist, each)}" for artist in asked)
    return f"recording:{title} AND " + (f"({wanted})" if len(asked) > 1 else wanted)
