"""Read one recording of a MusicBrainz page, whatever of it is missing or odd."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from enrichment.contract.identity.spelling import folded
from enrichment.model import Candidate, ProviderName
from enrichment.providers.musicbrainz.members import Row
from enrichment.providers.payload import (
    isrcs,
    mapping,
    mappings,
    milliseconds,
    number,
    partial_date,
    printed_name,
    text,
    weighted,
)

MUSICBRAINZ = ProviderName("musicbrainz")
# https://musicbrainz.org/artist/89ad4ac3-39f7-470e-963a-56509c546377
_VARIOUS_ARTISTS = "89ad4ac3-39f7-470e-963a-56509c546377"
# What joins two artists where the answer does not say.
_USUAL_JOIN = " & "
# Of dates in one year the whole one first; what has no date at all last.
_UNKNOWN_PART = "99"
_UNKNOWN_DATE = "9999"
_TRUE = (True, "true")
# Say most of a recording, where a release is of several kinds.
_TELLING_KINDS = ("dj-mix", "live", "compilation")
# Well-known artists have hundreds, most of them one name in many languages.
_MOST_ALIASES = 40
_WITHOUT_BRACKETS = str.maketrans("", "", "()[]")


class _Credited(NamedTuple):
    """One artist of a credit, and what is printed before the next one."""

    name: str
    artist: Mapping[str, object]
    join: str


def read_row(value: object) -> Row | None:
    """Read a recording; None without id or title."""
    recording = mapping(value)
    recording_id = text(recording.get("id"))
    title = printed_name(recording.get("title"))
    if recording_id is None or title is None:
        return None
    credit = _credit(recording.get("artist-credit"))
    printed = _printed(credit)
    release = _first_release(mappings(recording.get("releases")))
    candidate = Candidate(
        provider=MUSICBRAINZ,
        id=recording_id,
        artist=printed,
        title=_remarked(title, text(recording.get("disambiguation"))),
        artists=tuple(one.name for one in credit),
        artist_ids=tuple(text(one.artist.get("id")) or "" for one in credit),
        album=printed_name(release.get("title")),
        duration_ms=milliseconds(recording.get("length")),
        isrcs=isrcs(recording.get("isrcs")),
        release_date=partial_date(recording.get("first-release-date"))
        or partial_date(release.get("date")),
        genres=weighted(_tags(recording.get("tags"))),
        url=f"https://musicbrainz.org/recording/{recording_id}",
        score=number(recording.get("score"), most=100),
        video=recording.get("video") in _TRUE or None,
        album_type=_kind(release),
        official=False if _is_unofficial(release) else None,
        aliases=_aliases(credit),
    )
    return Row(candidate, tuple(_names(printed, credit)))


def _credit(value: object) -> list[_Credited]:
    """Read a credit; what joins two artists may be in the first or between them."""
    credit: list[_Credited] = []
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str) and credit:
            credit[-1] = credit[-1]._replace(join=part)
        artist = mapping(mapping(part).get("artist"))
        name = mapping(part).get("name")
        if known := printed_name(name) or printed_name(artist.get("name")):
            join = mapping(part).get("joinphrase")
            joined = join if isinstance(join, str) else ""
            credit.append(_Credited(known, artist, joined))
    return credit


def _printed(credit: Sequence[_Credited]) -> str:
    last = len(credit) - 1
    return "".join(
        one.name + (one.join or ("" if place == last else _USUAL_JOIN))
        for place, one in enumerate(credit)
    ).strip()


def _names(printed: str, credit: Sequence[_Credited]) -> set[str]:
    """Return all names that the artists go by: credit, artists, aliases."""
    named = [one.artist for one in credit]
    aliases = [alias for artist in named for alias in mappings(artist.get("aliases"))]
    known = {text(one.get("name")) or "" for one in (*named, *aliases)}
    return {printed, *(one.name for one in credit), *known} - {""}


def _aliases(credit: Sequence[_Credited]) -> tuple[tuple[str, str], ...]:
    """Return what credited artists are called elsewhere, with the name printed here."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for one in credit:
        aliases = [alias.get("name") for alias in mappings(one.artist.get("aliases"))]
        for name in (one.artist.get("name"), *aliases):
            other = printed_name(name)
            if other and folded(other) != folded(one.name):
                known.setdefault((one.name, folded(other)), (one.name, other))
    return tuple(known.values())[:_MOST_ALIASES]


def _remarked(title: str, disambiguation: str | None) -> str:
    """Return the title with MusicBrainz' remark: versions, dress, shows."""
    if disambiguation is None:
        return title
    remark = disambiguation.translate(_WITHOUT_BRACKETS)
    if folded(remark) in folded(title):
        return title
    return f"{title} ({remark})"


def _tags(value: object) -> list[tuple[str, int]]:
    return [
        (name, number(tag.get("count")) or 0)
        for tag in mappings(value)
        if (name := text(tag.get("name")))
    ]


def _first_release(releases: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Return the earliest release, those of the artist's own before compilations."""

    def rank(release: Mapping[str, object]) -> tuple[bool, bool, str]:
        date = _by_time(release.get("date"))
        return _is_unofficial(release), _is_compiled(release), date

    return min(releases, key=rank, default={})


def _is_unofficial(release: Mapping[str, object]) -> bool:
    return text(release.get("status")) not in {None, "Official"}


def _kind(release: Mapping[str, object]) -> str | None:
    """Return the kind of a release in lower case: "single", "compilation", "dj-mix"."""
    group = mapping(release.get("release-group"))
    secondary = group.get("secondary-types")
    kinds = [text(kind) for kind in secondary] if isinstance(secondary, list) else []
    named = [kind.lower() for kind in kinds if kind]
    # a DJ's mix is marked as a compilation too
    for kind in _TELLING_KINDS:
        if kind in named:
            return kind
    primary = text(group.get("primary-type"))
    return named[0] if named else primary.lower() if primary else None


def _is_compiled(release: Mapping[str, object]) -> bool:
    """Recognise a compilation; many of Various Artists are not marked as such."""
    kinds = mapping(release.get("release-group")).get("secondary-types")
    if isinstance(kinds, list) and kinds:
        return True
    return any(
        text(one.artist.get("id")) == _VARIOUS_ARTISTS
        or one.name.casefold() == "various artists"
        for one in _credit(release.get("artist-credit"))
    )


def _by_time(value: object) -> str:
    """Return a date as it is ordered: the earliest year, then what is known whole."""
    known = (partial_date(value) or _UNKNOWN_DATE).split("-")
    return "-".join([*known, _UNKNOWN_PART, _UNKNOWN_PART][:3])
