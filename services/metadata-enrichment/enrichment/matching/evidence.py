"""What is known of a recording beside its names: what it costs, what it excuses."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from enrichment.matching import weights
from enrichment.matching.penalties import Penalty, alike, penalty
from enrichment.matching.weights import EXCUSES, WEIGHTS
from enrichment.matching.words.lettering import letters, person_of
from enrichment.model import Candidate, ProviderName, Wanted
from enrichment.providers.registry import SPECS

# What an album's title says of all its tracks.
_LIVE_ALBUM = re.compile(
    r"\blive (?:at|in|from|on)\b|[(\[:-] ?live\b|\blive$|\bunplugged\b|\bkaraoke\b"
    r"|\btributes? to\b|\bmade famous\b|\bin the style of\b|\boriginally performed\b",
    re.IGNORECASE,
)
_LIVE_TITLE = re.compile(r"\b(?:live|unplugged|karaoke|cover)\b", re.IGNORECASE)
_MIXED_ALBUM = re.compile(
    r"\bmixed by\b|\bdj[ -]mix\b|\bcontinuous mix|[(\[](?:dj )?mix(?:ed)?[)\]]",
    re.IGNORECASE,
)
# Asked first because it is cheap: each holds one of what the patterns above look for.
_MAY_SAY = ("live", "unplug", "karaoke", "tribute", "famous", "style", "perform", "mix")
# What an album's kind says of all its tracks.
_SAID_BY_KIND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"dj-mix": ("mixed album",), "live": ("live album",)}
)
_NO_ALIASES: Mapping[str, frozenset[str]] = MappingProxyType({})
# Providers whose id of a recording a message may name.
_ID_COLUMNS: Mapping[ProviderName, str] = MappingProxyType(
    {
        name: spec.id_column
        for name, spec in SPECS.items()
        if spec.id_column in Wanted.__struct_fields__
    }
)
_FIGURES = re.compile(r"\d+")
_REMARK_ENDINGS = (")", "]", " ", "EP", "Single")
_ALBUM_REMARK = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$|\s+-\s+(?:EP|Single)$|\s+EP$")


class Evidence(NamedTuple):
    """What is known of a recording beside its names, for wanted and candidate alike."""

    isrcs: tuple[str, ...]
    ids: tuple[tuple[ProviderName, str], ...]
    duration_ms: int | None
    album: str
    album_text: str
    year: int | None
    # what the album's kind says of its tracks: names of penalties
    kind: tuple[str, ...] = ()
    # other names of credited persons, as letters
    aliases: Mapping[str, frozenset[str]] = MappingProxyType({})
    # what is wanted, since it may be of a kind that an album's title speaks of
    title: str = ""


def evidence_of(candidate: Candidate) -> Evidence:
    """Gather what a candidate says beside its names."""
    return Evidence(
        isrcs=candidate.isrcs,
        ids=((candidate.provider, candidate.id),),
        duration_ms=candidate.duration_ms or None,
        album=album_letters(candidate.album) if candidate.album else "",
        album_text=candidate.album or "",
        year=year_of(candidate.release_date),
        kind=_SAID_BY_KIND.get(candidate.album_type or "", ()),
        aliases=aliases_of(candidate.aliases) if candidate.aliases else _NO_ALIASES,
    )


def aliases_of(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, frozenset[str]]:
    """Return what each credited person is called elsewhere, as letters."""
    known: dict[str, frozenset[str]] = {}
    for printed, other in pairs:
        person, alias = person_of(printed)[0], person_of(other)[0]
        known[person] = known.get(person, frozenset()) | {alias}
    return known


@lru_cache(1024)
def album_letters(title: str) -> str:
    """Return the letters of an album's title without "(Deluxe)" and "- EP"."""
    bare = title
    if not bare.endswith(_REMARK_ENDINGS):
        return letters(bare)
    while (shorter := _ALBUM_REMARK.sub("", bare)) != bare and shorter:
        bare = shorter
    return letters(bare)


def year_of(date: str | None) -> int | None:
    """Return the year of an ISO date or of part of one."""
    return int(date[:4]) if date and date[:4].isdecimal() and len(date) >= 4 else None


def evidence_of_wanted(wanted: Wanted) -> Evidence:
    """Gather what is known of a wanted track beside its names."""
    ids = ((name, wanted.given(column)) for name, column in _ID_COLUMNS.items())
    isrc = wanted.given("isrc")
    return Evidence(
        isrcs=(isrc,) if isrc else (),
        ids=tuple((provider, id_) for provider, id_ in ids if id_),
        duration_ms=wanted.duration_ms or None,
        album=album_letters(wanted.album) if wanted.album else "",
        album_text=wanted.album or "",
        year=wanted.year,
        title=wanted.name.full_title,
    )


def excuses(asked: Evidence, found: Evidence) -> tuple[str, ...]:
    """Name the evidence that agrees: keys of `weights.EXCUSES`."""
    told = []
    if asked.isrcs and not set(asked.isrcs).isdisjoint(found.isrcs):
        told.append("isrc")
    elif asked.ids and not set(asked.ids).isdisjoint(found.ids):
        told.append("id")
    if lengths_agree(asked.duration_ms, found.duration_ms):
        told.append("duration")
    if asked.album and found.album and samealbum_letters(asked.album, found.album):
        told.append("album")
        if "duration" in told:
            told.append("release")
    return tuple(told)


def least_factor(asked: Evidence, candidate: Candidate) -> float:
    """Return at least what evidence leaves of excusable penalties: cheap."""
    factor = 1.0
    if asked.isrcs and not set(asked.isrcs).isdisjoint(candidate.isrcs):
        factor = EXCUSES["isrc"]
    elif asked.ids:
        factor = EXCUSES["id"]
    agrees = lengths_agree(asked.duration_ms, candidate.duration_ms)
    if agrees:
        factor *= EXCUSES["duration"]
    if asked.album and candidate.album:
        factor *= EXCUSES["album"] * (EXCUSES["release"] if agrees else 1.0)
    return factor


def lengths_agree(ours: int | None, theirs: int | None) -> bool:
    """Return whether both lengths are known and speak for the same recording."""
    if not ours or not theirs:
        return False
    return abs(ours - theirs) <= weights.DURATION_AGREES_MS


def samealbum_letters(ours: str, theirs: str) -> bool:
    """Return whether two titles are of the same album, editions apart."""
    if ours == theirs:
        return True
    is_near = alike(ours, theirs) >= weights.LIKE_ALBUM or (
        min(len(ours), len(theirs)) >= 4
        and (ours.startswith(theirs) or theirs.startswith(ours))
    )
    return is_near and not _are_volumes(ours, theirs)


def _are_volumes(ours: str, theirs: str) -> bool:
    """Return whether two titles have different numbers: volumes are several albums."""
    if ours.isalpha() or theirs.isalpha():
        return False
    numbers, others = _FIGURES.findall(ours), _FIGURES.findall(theirs)
    return numbers != others and bool(numbers and others)


def disagreements(asked: Evidence, found: Evidence) -> Iterator[Penalty]:
    """Yield penalties for what disagrees beside the names."""
    if asked.duration_ms and found.duration_ms:
        yield from _duration(asked.duration_ms, found.duration_ms)
    if asked.year and found.year and asked.year != found.year:
        yield penalty("year", f"year: wanted {asked.year}, got {found.year}")
    if asked.album and found.album and not samealbum_letters(asked.album, found.album):
        yield penalty(
            "album", f"album: wanted {asked.album_text!r}, got {found.album_text!r}"
        )
    for name in dict.fromkeys((*_said_by(found.album_text), *found.kind)):
        if name not in _expected(asked):
            yield penalty(name, f"{name}: {found.album_text!r}")


def _expected(asked: Evidence) -> tuple[str, ...]:
    """Who wants a live recording takes one from a live album."""
    live = ("live album",) if _LIVE_TITLE.search(asked.title) else ()
    # "Tribute to Betty" is a title, and its EP's name
    return (*_said_by(asked.album_text), *_said_by(asked.title), *live)


@lru_cache(1024)
def _said_by(album: str) -> tuple[str, ...]:
    """Return the penalties that an album's title speaks of."""
    flat = album.lower()
    if flat.isascii() and not any(sign in flat for sign in _MAY_SAY):
        return ()
    says = (("live album", _LIVE_ALBUM), ("mixed album", _MIXED_ALBUM))
    return tuple(name for name, pattern in says if pattern.search(album))


def duration_cost(wanted: int | None, got: int | None) -> float:
    """Return what two lengths take from any score; nothing when one is not known."""
    if not wanted or not got:
        return 0.0
    apart = abs(wanted - got) - weights.DURATION_FREE_MS
    if apart <= 0:
        return 0.0
    share = min(1.0, apart / max(wanted, got) / weights.DURATION_WORST)
    return WEIGHTS["duration"].cost * share


def _duration(wanted: int, got: int) -> Iterator[Penalty]:
    if cost := duration_cost(wanted, got):
        told = f"duration: wanted {minutes(wanted)}, got {minutes(got)}"
        yield Penalty("duration", cost, told)


def minutes(milliseconds: int) -> str:
    """Return a length as people read it: 3:07."""
    whole, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{whole}:{seconds:02}"
