"""MusicBrainz: recordings by ISRC or by names, many questions in one search."""

import re
from collections.abc import Mapping, Sequence

from enrichment.contract.titles import parse_name
from enrichment.errors import (
    ConfigurationError,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.asking import search_key
from enrichment.providers.musicbrainz_members import Row, by_isrc, by_name
from enrichment.providers.musicbrainz_query import isrc_query, search_query
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
    weighted,
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

ROW = PROVIDERS[ProviderName.MUSICBRAINZ]
# A page's rows; outside 1..100 the server silently takes 25.
PAGE_ROWS = 100
# Questions in one search by names: a question brings its siblings, a few rows each.
SEARCH_BATCH = 25
# By ISRC: one in eight owns several recordings, so 67 questions bring 80 rows; two
# batches of 100 messages make three calls.
ISRC_BATCH = 67
# The longest batch whose address was seen to be taken.
LARGEST_BATCH = 100

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

    name = ProviderName.MUSICBRAINZ
    fields = ROW.fields

    def __init__(
        self,
        user_agent: str,
        base_url: str = ROW.base_url,
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
        """Give the configured size."""
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
            raise _refusal(response)
        body = json_object(response)
        found = body.get("recordings")
        if not isinstance(found, list):
            raise Transient("MusicBrainz: a page without recordings", status=200)
        count = number(body.get("count"))
        if not found and count:
            raise Transient("MusicBrainz: an empty page of several hits", status=200)
        # what lies on further pages is unknown, so no member can be called absent
        if count is not None and count > len(found) and len(questions) > 1:
            half = len(questions) // 2
            return Reading({}, (tuple(questions[:half]), tuple(questions[half:])))
        rows = [row for one in mappings(found) if (row := _row(one)) is not None]
        hand_out = by_isrc if questions[0].operation == "isrc" else by_name
        return Reading(
            {
                question: _answer(candidates)
                for question, candidates in hand_out(questions, rows).items()
            }
        )


def checked_user_agent(user_agent: str) -> str:
    """
    Give the User-Agent as it may be sent.

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


def _row(recording: Mapping[str, object]) -> Row | None:
    """Read a recording; None without id or title."""
    recording_id, title = text(recording.get("id")), text(recording.get("title"))
    if recording_id is None or title is None:
        return None
    credit = mappings(recording.get("artist-credit"))
    artists = [mapping(part.get("artist")) for part in credit]
    names = [
        text(part.get("name")) or text(artist.get("name")) or ""
        for part, artist in zip(credit, artists, strict=True)
    ]
    printed = "".join(
        name + _join(part) for name, part in zip(names, credit, strict=True)
    ).strip()
    release = _first_release(mappings(recording.get("releases")))
    candidate = Candidate(
        provider=ProviderName.MUSICBRAINZ,
        id=recording_id,
        artist=printed,
        title=_versioned(printed, title, text(recording.get("disambiguation"))),
        artists=tuple(names),
        artist_ids=tuple(text(artist.get("id")) or "" for artist in artists),
        album=text(release.get("title")),
        duration_ms=milliseconds(recording.get("length")),
        isrcs=_isrcs(recording.get("isrcs")),
        release_date=partial_date(recording.get("first-release-date"))
        or partial_date(release.get("date")),
        genres=weighted(_tags(recording.get("tags"))),
        url=f"https://musicbrainz.org/recording/{recording_id}",
        score=number(recording.get("score"), most=100),
    )
    return Row(candidate, tuple({printed, *names, *_other_names(artists)} - {""}))


def _join(part: Mapping[str, object]) -> str:
    phrase = part.get("joinphrase")
    return phrase if isinstance(phrase, str) else ""


def _versioned(artist: str, title: str, disambiguation: str | None) -> str:
    """Give the title with its version where MusicBrainz keeps that beside the title."""
    if disambiguation is None or parse_name(artist, title).version is not None:
        return title
    versioned = f"{title} ({disambiguation})"
    return versioned if parse_name(artist, versioned).version else title


def _isrcs(value: object) -> tuple[str, ...]:
    codes = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(code for one in codes if (code := isrc(one))))


def _tags(value: object) -> list[tuple[str, int]]:
    return [
        (name, number(tag.get("count")) or 0)
        for tag in mappings(value)
        if (name := text(tag.get("name")))
    ]


def _first_release(releases: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Give the earliest release, those of the artist's own before compilations."""

    def rank(release: Mapping[str, object]) -> tuple[bool, bool, str]:
        kinds = mapping(release.get("release-group")).get("secondary-types")
        compiled = isinstance(kinds, list) and bool(kinds)
        unofficial = text(release.get("status")) not in {None, "Official"}
        return unofficial, compiled, partial_date(release.get("date")) or "9999"

    return min(releases, key=rank, default={})


def _other_names(artists: Sequence[Mapping[str, object]]) -> set[str]:
    aliases = (alias for artist in artists for alias in mappings(artist.get("aliases")))
    return {
        name
        for named in (*artists, *aliases)
        if (name := text(named.get("name"))) is not None
    }


def _refusal(response: HttpResponse) -> ProviderError:
    """Say what a status other than 200 means; 503 has three meanings."""
    status, headers = response.status, response.headers
    said = f"MusicBrainz: {text(error_object(response).get('error')) or 'no reason'}"
    said = f"{said} (HTTP {status})"
    if status in {400, 414}:
        return QuestionRefused(said, status=status)
    if status in {401, 403}:
        who = headers.get("x-ratelimit-who", "no reason given")
        return CredentialsRefused(f"{said}: {who}", status=status)
    if status == 503 and _by_our_rate(headers, said) is False:
        return Shedding(said, status=status)
    if status == 429 or (status == 503 and _by_our_rate(headers, said)):
        return RateLimited(
            said,
            kind=LimitKind.RATE,
            retry_after=retry_after_seconds(headers),
            status=status,
        )
    return Transient(said, status=status)


def _by_our_rate(headers: Mapping[str, str], said: str) -> bool | None:
    """
    Tell whether a 503 is our doing; None when it does not say.

    Zones "ws ip=…", "per-ip" and "ws ua=…" are ours; "global" and "search-global" are
    their load, and slowing down does not help us there.
    """
    zone = headers.get("x-ratelimit-zone", "").casefold()
    if "global" in zone or headers.get("x-ratelimit-who") == "search-shed":
        return False
    if "ip" in zone or "ua" in zone or "exceeding the allowable rate" in said:
        return True
    return False if "currently busy" in said else None
