"""
Spotify: tracks by id, search by ISRC or by names; uses what the account may call.

What an account may call is not asked for but read from answers: `Reading.shown`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from enrichment.contract.identity.titles import parse_name
from enrichment.errors import CapabilityClosed, CredentialsRefused
from enrichment.model import (
    Absent,
    Answer,
    Question,
    Wanted,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.asking import search_key
from enrichment.providers.decoding import json_object
from enrichment.providers.payload import (
    isrc,
    mapping,
    mappings,
)
from enrichment.providers.spotify.read import (
    SPOTIFY,
    answer_by_id,
    items_of,
    search_answer,
    tracks_by_id,
)
from enrichment.providers.spotify.refusals import names_no_track, refusal_of

BASE_URL = "https://api.spotify.com/v1"
# The most that development mode allows since February 2026; more is a 400.
SEARCH_LIMIT = 10
# What extended quota allows, and apps made before then may still have.
LONG_SEARCH_LIMIT = 50
# Ids in one call where the batch form exists.
TRACK_BATCH = 50
# Another one would have a whole batch refused.
_ID = re.compile(r"[0-9A-Za-z]{22}")
# What refuses a call of several may be one of them, or the form: each is asked by
# itself. Only `CapabilityClosed` shows that the account lacks the form.
_ASKED_SINGLY = frozenset({400, 403, 410, 414})
# Longer ones are answered with 400 or 404.
QUERY_CHARACTERS = 100
# An artist may take this much of it, so that the title keeps the larger part.
ARTIST_CHARACTERS = 30

# What breaks a filter or is an operator; what may stand inside a name stays ("P!nk").
_BREAKING = re.compile(r"[^\w\s!$@#%.]+|_+")
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_EDGES = "!$@#%."
# What a name of signs alone ("!!!", an emoji) may not hold inside a filter's quotes.
_UNQUOTABLE = re.compile(r"[\s\"'’‘`´:\\*()_.,;-]+")
# Names that are often one band's; other joiners ("vs.", "x", a comma) part two artists.
_BAND = re.compile(r"[^&+]+(?:&|\+|\band\b)[^&+]+", re.IGNORECASE)
_OPERATORS = frozenset({"AND", "OR", "NOT"})


class Capability(StrEnum):
    """
    What some accounts have and others lack.

    https://developer.spotify.com/documentation/web-api/concepts/quota-modes
    """

    TRACK_BATCH = "tracks_in_batches"
    LONG_SEARCH = "50_rows_of_a_search"
    POPULARITY = "popularity"
    ISRC = "external_ids"


def _nobody_knows(_: str) -> None:
    """Answer before anything has been learnt."""


class Spotify:
    """
    The provider; its calls need the token that `token` gives.

    Args:
        allowed: says whether a capability is open to the account, None if unknown.
    """

    name = SPOTIFY

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        allowed: Callable[[str], bool | None] = _nobody_knows,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._allowed = allowed

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by id, else by ISRC, else by names; a remix by its remixers too."""
        # messages written by hand may hold anything for one
        if wanted.spotify_id and _ID.fullmatch(wanted.spotify_id):
            return Question(self.name, "track", key=wanted.spotify_id)
        if code := isrc(wanted.isrc):
            return Question(self.name, "isrc", key=code, isrc=code)
        name = wanted.name
        # ten rows do not hold all siblings of a known title
        remixers = " ".join(name.remixers)
        key = search_key(name, name.title, remixers)
        if key is None or not searchable_words(name.title):
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
        """Fifty ids unless that is closed; `OR` between ISRCs is undocumented."""
        if operation != "track":
            return 1
        has_batches = self._allowed(Capability.TRACK_BATCH)
        if has_batches is None:
            # development mode lost both together: its fields spare us a refused call
            has_batches = self._allowed(Capability.POPULARITY) is not False
        return TRACK_BATCH if has_batches else 1

    def relies_on(self, questions: Sequence[Question]) -> str | None:
        """Name what an account in development mode lacks."""
        if len(questions) > 1:
            return Capability.TRACK_BATCH
        return Capability.LONG_SEARCH if self._is_long(questions[0]) else None

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a search, or a look-up of one track or several.

        https://developer.spotify.com/documentation/web-api/reference/search
        https://developer.spotify.com/documentation/web-api/reference/get-track
        https://developer.spotify.com/documentation/web-api/reference/get-several-tracks
        """
        question = questions[0]
        if len(questions) > 1:
            ids = ",".join(question.key for question in questions)
            return HttpRequest("GET", f"{self._base_url}/tracks", (("ids", ids),))
        if question.operation == "track":
            return HttpRequest("GET", f"{self._base_url}/tracks/{question.key}")
        by_code = question.operation == "isrc"
        query = f"isrc:{question.isrc}" if by_code else search_query(question)
        rows = LONG_SEARCH_LIMIT if self._is_long(question) else SEARCH_LIMIT
        return HttpRequest(
            method="GET",
            url=f"{self._base_url}/search",
            params=(("q", query), ("type", "track"), ("limit", str(rows))),
        )

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read tracks, or raise what their refusal means; a closed form is none."""
        if response.status != 200:
            return _refused(questions, response, is_long=self._is_long(questions[0]))
        body = json_object(response)
        if questions[0].operation == "track":
            tracks = tracks_by_id(body, len(questions))
            answers: dict[Question, Answer] = {
                question: answer_by_id(track)
                for question, track in zip(questions, tracks, strict=True)
            }
        else:
            (question,) = questions
            items = items_of(body)
            tracks = mappings(items)
            answers = {question: search_answer(question, items)}
        shown = _shown(tracks)
        if len(questions) > 1:
            shown[Capability.TRACK_BATCH] = True
        if mapping(body.get("tracks")).get("limit") == LONG_SEARCH_LIMIT:
            shown[Capability.LONG_SEARCH] = True
        return Reading(answers, shown=shown)

    def _is_long(self, question: Question) -> bool:
        """Return whether to ask for more rows: siblings share a title, not an ISRC."""
        return (
            question.operation == "search"
            # development mode has lost it together with the long pages
            and self._allowed(Capability.POPULARITY) is True
            and self._allowed(Capability.LONG_SEARCH) is not False
        )


def _shown(tracks: Sequence[Mapping[str, object]]) -> dict[str, bool]:
    """Return by their fields which mode the account is in; no track tells nothing."""
    printed = [track for track in tracks if track]
    if not printed:
        return {}
    return {
        name: any(name.value in track for track in printed)
        for name in (Capability.POPULARITY, Capability.ISRC)
    }


def _refused(
    questions: Sequence[Question], response: HttpResponse, *, is_long: bool
) -> Reading:
    """Read a form that our account lacks, or an unknown id; raise all else."""
    refusal = refusal_of(response)
    alone = tuple((question,) for question in questions)
    if len(questions) > 1 and response.status in _ASKED_SINGLY:
        if isinstance(refusal, CapabilityClosed):
            return Reading({}, alone, {Capability.TRACK_BATCH: False})
        if not isinstance(refusal, CredentialsRefused):
            return Reading({}, alone)
    if is_long and "Invalid limit" in str(refusal):
        return Reading({}, alone, {Capability.LONG_SEARCH: False})
    (*_, question) = questions
    if (
        len(questions) == 1
        and question.operation == "track"
        and names_no_track(response)
    ):
        return Reading({question: Absent()})
    raise refusal


def search_query(question: Question) -> str:
    """Return `q` by names, at most `QUERY_CHARACTERS` long, cut at a word's end."""
    artists = _fitting(searchable_words(_artist(question)), ARTIST_CHARACTERS)
    artist_filter = f' artist:"{artists}"' if artists else ""
    room = QUERY_CHARACTERS - len('track:""') - len(artist_filter)
    title = _fitting(searchable_words(question.title), room)
    query = f'track:"{title}"{artist_filter}' if title else artist_filter.lstrip()
    remixers = _fitting(
        searchable_words(question.version or ""), QUERY_CHARACTERS - len(query) - 1
    )
    return f"{query} {remixers}".strip()


def searchable_words(printed: str) -> list[str]:
    """Return the words of a name without punctuation that breaks filters."""
    plain = _BREAKING.sub(" ", _APOSTROPHES.sub("", printed))
    words = [word.strip(_EDGES) for word in plain.split()]
    if not any(words):
        words = [c for c in _UNQUOTABLE.sub(" ", printed).split() if c.isprintable()]
    return [word.lower() if word in _OPERATORS else word for word in words if word]


def _artist(question: Question) -> str:
    """Return the whole credit where it may be a band's name, else its first artist."""
    name = parse_name(question.artist, question.title)
    singles = name.single_artists
    whole = " ".join(searchable_words(name.artist))
    is_band = len(singles) == 2 and _BAND.fullmatch(name.artist)
    return name.artist if is_band and len(whole) <= ARTIST_CHARACTERS else singles[0]


def _fitting(words: Sequence[str], room: int) -> str:
    """Join as many words as fit; a first word that is too long is cut."""
    joined = ""
    for word in words:
        longer = f"{joined} {word}".lstrip()
        if len(longer) > room:
            break
        joined = longer
    return joined or "".join(words[:1])[: max(room, 0)]
