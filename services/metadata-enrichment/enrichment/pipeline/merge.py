"""Which provider wins each field, by the confidences in their specs. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType

from enrichment.contract.camelot import camelot
from enrichment.model import (
    ArtistCredit,
    Candidate,
    FieldValue,
    ProviderName,
    Wanted,
)
from enrichment.pipeline import genres
from enrichment.pipeline.crediting import Named, artists_of, credits_of
from enrichment.providers.registry import SPECS
from enrichment.providers.spec import CODES, AnySpec

# Raised with every change of the confidences or of the rules: rows say which one wrote.
RULE_VERSION = 3

# Taken from the confidence where an answer leaves room.
_PARTIAL_DATE = 0.05
_ONE_OF_SEVERAL_ISRCS = 0.03

_RELEASE_DATE = "release_date"
_COMPILATION = "compilation"
_REMASTER = re.compile(r"\bre-?master", re.IGNORECASE)

Accepted = Mapping[ProviderName, tuple[Candidate, datetime]]


def merge(
    wanted: Wanted,
    accepted: Accepted,
    existing: Mapping[str, FieldValue] | None = None,
    pins: frozenset[str] = frozenset(),
    named: Named = MappingProxyType({}),
) -> tuple[dict[str, FieldValue], tuple[ArtistCredit, ...]]:
    """
    Return every field its best value, with who said so, and the artists' credits.

    Args:
        named: the artists by the accepted answers of providers that are not asked
            now: credits come from all answers, whenever each of them came.

    Weaker never overwrites stronger, absent never overwrites present, and a field
    that a person pinned stays. Agreement raises no confidence: MusicBrainz asked by
    Spotify's ISRC agrees with it without knowing anything of it.
    """
    values = dict(existing or {})
    for name, offers in _OFFERS:
        if name in pins:
            continue
        present = values.get(name)
        if present is not None and _dates_no_longer(name, present, accepted):
            del values[name]
            present = None
        found = (
            _best(name, offers, accepted, wanted)
            if present is None
            else _better(name, present, _offered(offers, accepted, wanted))
        )
        if found is not None:
            values[name] = found
    now_named = {name: artists_of(found) for name, (found, _) in accepted.items()}
    return values, credits_of(wanted, {**named, **now_named})


def _dates_no_longer(name: str, present: FieldValue, accepted: Accepted) -> bool:
    """Return whether a stored date is that of a compilation or a remaster at hand."""
    given = accepted.get(present.provider)
    return (
        name == _RELEASE_DATE
        and given is not None
        and given[0].release_date == present.value
        and not _dates(given[0])
    )


Read = Callable[[Candidate, Wanted], tuple[object, float]]
# One provider's way to give a field: how sure it is at most, and how it is read.
Offer = tuple[ProviderName, float, Read]


def _best(
    name: str, offers: Sequence[Offer], accepted: Accepted, wanted: Wanted
) -> FieldValue | None:
    """Choose the surest; whoever cannot be surer than it is not looked at."""
    if name == _RELEASE_DATE:
        offered = _offered(offers, accepted, wanted).values()
        return max(offered, key=_preference(name), default=None)
    best: FieldValue | None = None
    for provider, confidence, read in offers:
        if best is not None and confidence < best.confidence:
            break
        given = accepted.get(provider)
        if given is None:
            continue
        value = _value(provider, confidence, read, given, wanted)
        if value is not None and (
            best is None
            or (value.confidence, value.provider) > (best.confidence, best.provider)
        ):
            best = value
    return best


def _preference(name: str) -> Callable[[FieldValue], tuple[int, float, str]]:
    """Return what the best value is the greatest by: of dates the earliest year."""
    if name != _RELEASE_DATE:
        return lambda value: (0, value.confidence, value.provider)
    return lambda value: (-int(str(value.value)[:4]), value.confidence, value.provider)


def _offered(
    offers: Sequence[Offer], accepted: Accepted, wanted: Wanted
) -> dict[ProviderName, FieldValue]:
    """Return what every provider offers."""
    return {
        provider: value
        for provider, confidence, read in offers
        if (given := accepted.get(provider)) is not None
        and (value := _value(provider, confidence, read, given, wanted)) is not None
    }


def _better(
    name: str, present: FieldValue, by_provider: dict[ProviderName, FieldValue]
) -> FieldValue:
    """Choose the preferred; a provider's newer word stands for its older one."""
    again = by_provider.get(present.provider)
    if again is None or again.fetched_at < present.fetched_at:
        by_provider[present.provider] = present
    preferred = _preference(name)

    def rank(value: FieldValue) -> tuple[int, float, bool, str]:
        # what is present stays where another is no surer than it
        year, confidence, provider = preferred(value)
        return year, confidence, value is present, provider

    return max(by_provider.values(), key=rank)


def _value(
    provider: ProviderName,
    confidence: float,
    read: Read,
    given: tuple[Candidate, datetime],
    wanted: Wanted,
) -> FieldValue | None:
    value, doubt = read(given[0], wanted)
    if value is None or value in ("", []):
        # absent never overwrites present
        return None
    sure = round(confidence - doubt, 4) if doubt else confidence
    return FieldValue(value, provider, sure, given[1], RULE_VERSION)


def _plain(name: str) -> Read:
    get = attrgetter(name)
    return lambda candidate, _wanted: (get(candidate), 0.0)


def _isrc(candidate: Candidate, wanted: Wanted) -> tuple[object, float]:
    """Take the known one of several: masterings have their own."""
    if not candidate.isrcs:
        return None, 0.0
    if len(candidate.isrcs) == 1:
        return candidate.isrcs[0], 0.0
    if (given := wanted.given("isrc")) in candidate.isrcs:
        return given, 0.0
    return min(candidate.isrcs), _ONE_OF_SEVERAL_ISRCS


def _release_date(candidate: Candidate, _wanted: Wanted) -> tuple[object, float]:
    """Read the date; compilations and remasters do not date a recording."""
    date = candidate.release_date
    if date is None or not _dates(candidate):
        return None, 0.0
    return date, 0.0 if len(date) == len("2009-09-22") else _PARTIAL_DATE


def _is_of_compilation(candidate: Candidate) -> bool:
    """Recognise a compilation's date; MusicBrainz gives the first release's of all."""
    if candidate.album_type != _COMPILATION:
        return False
    spec = SPECS.get(candidate.provider)
    return spec is not None and spec.dates_albums


def _dates(candidate: Candidate) -> bool:
    """Return whether a release may date a recording: no compilation, no remaster."""
    return not _is_of_compilation(candidate) and not any(
        _REMASTER.search(name) for name in (candidate.title, candidate.album or "")
    )


def _genres(candidate: Candidate, wanted: Wanted) -> tuple[object, float]:
    name = wanted.name
    named = (candidate.artist, *candidate.artists, name.artist, *name.artists)
    told = (*named, *name.featured, candidate.label or "")
    return genres.normalised(candidate.genres, told), 0.0


def _duration(candidate: Candidate, _wanted: Wanted) -> tuple[object, float]:
    # Last.fm says 0 where it does not know
    return candidate.duration_ms or None, 0.0


def _code(name: str) -> Read:
    return lambda candidate, _wanted: (candidate.code(name), 0.0)


def _camelot(candidate: Candidate, _wanted: Wanted) -> tuple[object, float]:
    key = candidate.sound.musical_key
    return camelot(key) if key else None, 0.0


# Columns that are not simply a field of a candidate.
_READ: Mapping[str, Read] = MappingProxyType(
    {
        "isrc": _isrc,
        "duration_ms": _duration,
        "release_date": _release_date,
        "genres": _genres,
        "camelot_key": _camelot,
    }
)


def _offers(specs: Iterable[AnySpec]) -> dict[str, tuple[Offer, ...]]:
    """Return who may give each column, the surest first."""
    offers: dict[str, list[Offer]] = {}
    for spec in specs:
        for column, gives in spec.fields.items():
            of_codes = gives.read == CODES
            plain = _code(column) if of_codes else _plain(gives.read or column)
            read = _READ.get(column, plain)
            offers.setdefault(column, []).append((spec.name, gives.confidence, read))
    return {
        column: tuple(sorted(given, key=lambda offer: -offer[1]))
        for column, given in offers.items()
    }


# Looked up once for all tracks.
_OFFERS: Sequence[tuple[str, Sequence[Offer]]] = tuple(_offers(SPECS.values()).items())
