"""One wanted track against one candidate: named penalties and a score. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from rapidfuzz.distance import Indel

from enrichment.matching import weights
from enrichment.matching.mixes import Mix, compare_mixes
from enrichment.matching.spellings import Spelling, is_unknown, letters, readings, spelt
from enrichment.matching.weights import EXCUSES, WEIGHTS
from enrichment.tracks import Candidate, ProviderName, Wanted

# What an album's title says of all its tracks.
_LIVE_ALBUM = re.compile(
    r"\blive (?:at|in|from|on)\b|[(\[:-] ?live\b|\blive$|\bunplugged\b|\bkaraoke\b"
    r"|\btributes? to\b|\bmade famous\b|\bin the style of\b|\boriginally performed\b",
    re.IGNORECASE,
)
_MIXED_ALBUM = re.compile(
    r"\bmixed by\b|\bdj[ -]mix\b|\bcontinuous mix|[(\[](?:dj )?mix(?:ed)?[)\]]",
    re.IGNORECASE,
)
_ALBUM_REMARK = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$|\s+-\s+(?:EP|Single)$|\s+EP$")


@dataclass(frozen=True, slots=True)
class Penalty:
    """
    One disagreement.

    Args:
        name: as in `weights.WEIGHTS`.
        amount: what it takes from the score, excuses already applied.
        reason: what was wanted and what was got, for people.
    """

    name: str
    amount: float
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A score of 0..1 with all that was taken from it."""

    score: float
    penalties: tuple[Penalty, ...]
    # evidence that made penalties smaller: keys of `weights.EXCUSES`
    excuses: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The penalties, the largest first, then what excused them."""
        ordered = sorted(self.penalties, key=lambda p: (-p.amount, p.name))
        told = [f"{p.reason} (-{p.amount:.2f})" for p in ordered]
        return (*told, *(f"{excuse}: agrees" for excuse in self.excuses))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a recording beside its names, for wanted and candidate alike."""

    isrcs: frozenset[str]
    ids: frozenset[tuple[ProviderName, str]]
    duration_ms: int | None
    album: str
    album_text: str
    year: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two recordings compared: readings of its names, and evidence."""

    readings: tuple[Spelling, ...]
    evidence: Evidence


def compare(wanted: Wanted, candidate: Candidate) -> Comparison:
    """Say how far a candidate is from what is wanted, and why."""
    return compare_sides(side_of_wanted(wanted), side_of(candidate))


def compare_sides(wanted: Side, got: Side) -> Comparison:
    """Compare the best pair of readings, with what else is known of both."""
    pairs = [
        (alike(ours.letters, theirs.letters), ours, theirs)
        for ours, theirs in product(wanted.readings, got.readings)
    ]
    near = [p for p in pairs if p[0] >= weights.LIKE_TITLE or _is_swapped(p[1], p[2])]
    if not near:
        # most candidates are of other songs: the nearest titles tell enough
        like, ours, theirs = max(pairs, key=lambda pair: pair[0])
        return _sum([_title(ours, theirs, like)], (), ())
    asked, found = wanted.evidence, got.evidence
    beside = tuple(_beside(asked, found))
    excuses = _excuses(asked, found)
    best: Comparison | None = None
    for like, ours, theirs in near:
        names = _names(ours, theirs, like, asked, found)
        comparison = _sum(names, beside, excuses)
        if best is None or comparison.score > best.score:
            best = comparison
        if not names:
            break
    return best or Comparison(0.0, ())


def side_of(candidate: Candidate) -> Side:
    """Read a candidate's names and evidence."""
    return Side(spelt(candidate.artist, candidate.title), evidence_of(candidate))


def side_of_wanted(wanted: Wanted) -> Side:
    """Read the names and evidence of what is wanted."""
    return Side(readings(wanted.name), _evidence_of_wanted(wanted))


def evidence_of(candidate: Candidate) -> Evidence:
    """Gather what a candidate says beside its names."""
    return Evidence(
        isrcs=frozenset(candidate.isrcs),
        ids=frozenset({(candidate.provider, candidate.id)}),
        duration_ms=candidate.duration_ms or None,
        album=_album(candidate.album) if candidate.album else "",
        album_text=candidate.album or "",
        year=year_of(candidate.release_date),
    )


@lru_cache(4096)
def _album(title: str) -> str:
    """Give the letters of an album's title without "(Deluxe)", "[Explicit]", "- EP"."""
    bare = title
    while (shorter := _ALBUM_REMARK.sub("", bare)) != bare and shorter:
        bare = shorter
    return letters(bare)


def year_of(date: str | None) -> int | None:
    """Give the year of an ISO date or of part of one."""
    return int(date[:4]) if date and date[:4].isdecimal() and len(date) >= 4 else None


def _evidence_of_wanted(wanted: Wanted) -> Evidence:
    ids = {
        (ProviderName.SPOTIFY, wanted.spotify_id),
        (ProviderName.MUSICBRAINZ, wanted.musicbrainz_id),
    }
    return Evidence(
        isrcs=frozenset({wanted.isrc} if wanted.isrc else ()),
        ids=frozenset((provider, id_) for provider, id_ in ids if id_),
        duration_ms=wanted.duration_ms or None,
        album=_album(wanted.album) if wanted.album else "",
        album_text=wanted.album or "",
        year=wanted.year,
    )


def _sum(
    names: Iterable[Penalty], beside: tuple[Penalty, ...], excuses: tuple[str, ...]
) -> Comparison:
    factor = 1.0
    for excuse in excuses:
        factor *= EXCUSES[excuse]
    penalties = list(beside)
    for p in names:
        excused = factor < 1 and WEIGHTS[p.name].excusable
        penalties.append(Penalty(p.name, p.amount * factor, p.reason) if excused else p)
    score = max(0.0, 1.0 - sum([penalty.amount for penalty in penalties]))
    return Comparison(round(score, 4), tuple(penalties), excuses)


def _excuses(asked: Evidence, found: Evidence) -> tuple[str, ...]:
    told = []
    if asked.isrcs & found.isrcs:
        told.append("isrc")
    elif asked.ids & found.ids:
        told.append("id")
    if asked.duration_ms and found.duration_ms:
        apart = abs(asked.duration_ms - found.duration_ms)
        if apart <= weights.DURATION_AGREES_MS:
            told.append("duration")
    if asked.album and found.album and _same_album(asked.album, found.album):
        told.append("album")
    return tuple(told)


def _same_album(ours: str, theirs: str) -> bool:
    return alike(ours, theirs) >= weights.LIKE_ALBUM or (
        min(len(ours), len(theirs)) >= 4
        and (ours.startswith(theirs) or theirs.startswith(ours))
    )


def _beside(asked: Evidence, found: Evidence) -> Iterator[Penalty]:
    """Give penalties for what disagrees beside the names."""
    if asked.duration_ms and found.duration_ms:
        yield from _duration(asked.duration_ms, found.duration_ms)
    if asked.year and found.year and asked.year != found.year:
        yield _penalty("year", f"year: wanted {asked.year}, got {found.year}")
    if asked.album and found.album and not _same_album(asked.album, found.album):
        yield _penalty(
            "album", f"album: wanted {asked.album_text!r}, got {found.album_text!r}"
        )
    for name in _said_by(found.album_text) - _said_by(asked.album_text):
        yield _penalty(name, f"{name}: {found.album_text!r}")


@lru_cache(4096)
def _said_by(album: str) -> frozenset[str]:
    """Give the penalties that an album's title speaks of."""
    if not album:
        return frozenset()
    says = (("live album", _LIVE_ALBUM), ("mixed album", _MIXED_ALBUM))
    return frozenset(name for name, pattern in says if pattern.search(album))


def _duration(wanted: int, got: int) -> Iterator[Penalty]:
    apart = abs(wanted - got) - weights.DURATION_FREE_MS
    if apart > 0:
        share = min(1.0, apart / max(wanted, got) / weights.DURATION_WORST)
        told = f"duration: wanted {_minutes(wanted)}, got {_minutes(got)}"
        yield _penalty("duration", told, share)


def _minutes(milliseconds: int) -> str:
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


def _is_swapped(ours: Spelling, theirs: Spelling) -> bool:
    return (
        ours.letters == theirs.credit
        and theirs.letters == ours.credit
        and ours.letters != ours.credit
    )


def _names(
    ours: Spelling, theirs: Spelling, like: float, asked: Evidence, found: Evidence
) -> list[Penalty]:
    """Give penalties for what disagrees in two readings of names."""
    if not ours.letters or not theirs.letters:
        return [_penalty("title", "title: not known on both sides")]
    if like < weights.LIKE_TITLE:
        told = "swapped: artist and title stand in each other's place"
        return [_penalty("swapped", told), *_mix(ours.mix, theirs.mix)]
    penalties: list[Penalty] = []
    if like < 1:
        penalties.append(_title(ours, theirs, like))
    if ours.numbers != theirs.numbers:
        penalties.append(_number(ours, theirs))
    penalties += _people(ours, theirs)
    penalties += _mix(ours.mix, theirs.mix)
    for side, own, other, credit in (
        (ours, asked, found, theirs.credit),
        (theirs, found, asked, ours.credit),
    ):
        if side.leftover:
            penalties.append(_leftover(side.leftover, (own.album, other.album, credit)))
    return penalties


def _title(ours: Spelling, theirs: Spelling, like: float) -> Penalty:
    told = f"title: wanted {ours.letters!r}, got {theirs.letters!r}"
    return _penalty("title", told, 1 - like)


def _number(ours: Spelling, theirs: Spelling) -> Penalty:
    told = (
        f"number: wanted {' '.join(ours.numbers) or 'none'},"
        f" got {' '.join(theirs.numbers) or 'none'}"
    )
    if not ours.numbers or not theirs.numbers:
        return _penalty("number missing", told)
    # "Tool04" and "Tool 04" were made equal before; "Twenty-One" is not a number here
    return _penalty("number", told)


def _mix(ours: Mix, theirs: Mix) -> Iterator[Penalty]:
    if name := compare_mixes(ours, theirs):
        told = f"version: wanted {_told(ours)}, got {_told(theirs)}"
        yield _penalty(name, told)


def _told(mix: Mix) -> str:
    return f"'{mix.text}'" if mix.text else "none"


def _leftover(leftover: str, known: Iterable[str]) -> Penalty:
    for text in known:
        if text and (alike(text, leftover) >= weights.LIKE_ALBUM or leftover in text):
            return _penalty("leftover known", f"remark: {leftover!r} is no part of it")
    return _penalty("leftover", f"remark: {leftover!r} on one side only")


def _people(ours: Spelling, theirs: Spelling) -> Iterator[Penalty]:
    """Compare credits as sets: order and roles are printed in every way."""
    if ours.people == theirs.people and ours.people:
        return
    told = f"artist: wanted {ours.credit!r}, got {theirs.credit!r}"
    if not ours.people or not theirs.people:
        yield _penalty("artist unknown", told)
        return
    missing = [n for n in range(len(ours.people)) if not _is_in(ours, n, theirs)]
    extra = [n for n in range(len(theirs.people)) if not _is_in(theirs, n, ours)]
    if not missing and not extra:
        return
    if len(missing) == len(ours.people) and len(extra) == len(theirs.people):
        like = alike(ours.credit, theirs.credit)
        if ours.makers & set(theirs.people) or theirs.makers & set(ours.people):
            yield _penalty("remixer as artist", told)
        elif like >= weights.LIKE_CREDIT:
            yield _penalty("artist spelling", told, 1 - like)
        else:
            yield _penalty("artist", told)
    elif missing and extra:
        yield _penalty("artists differ", told)
    else:
        yield _penalty("artist missing", told)


def _is_in(side: Spelling, place: int, other: Spelling) -> bool:
    """Say whether a person of one side is found in the other's credit."""
    person, words = side.people[place], side.people_words[place]
    if person in other.people:
        return True
    if len(person) >= 3 and words and words <= other.credit_words:
        return True
    if len(person) < 4:
        return False
    return any(
        (theirs <= words and len("".join(theirs)) >= 4)
        or alike(person, name) >= weights.LIKE_PERSON
        for name, theirs in zip(other.people, other.people_words, strict=True)
    )


def alike(ours: str, theirs: str) -> float:
    """Give the share of letters two texts have in common, 0..1."""
    return Indel.normalized_similarity(ours, theirs)


def _penalty(name: str, reason: str, share: float = 1.0) -> Penalty:
    return Penalty(name, WEIGHTS[name].cost * share, reason)


def is_named(candidate: Candidate) -> bool:
    """Say whether a candidate names anybody."""
    return not is_unknown(candidate.artist)
