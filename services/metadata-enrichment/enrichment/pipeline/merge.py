"""Which provider wins each field: a table of confidences. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType

from enrichment.model import (
    ArtistCredit,
    Candidate,
    FieldValue,
    ProviderName,
    Wanted,
)
from enrichment.pipeline import genres
from enrichment.pipeline.crediting import Named, artists_of, credits_of

# Raised with every change of the table or of the rules: rows say which one wrote.
RULE_VERSION = 3

_SPOTIFY = ProviderName.SPOTIFY
_MUSICBRAINZ = ProviderName.MUSICBRAINZ
_LASTFM = ProviderName.LASTFM

# Confidence of each field by provider, 0..1, never two alike: so that the order in
# which providers answer decides nothing. A provider that is missing may not give it.
CONFIDENCES: Mapping[str, Mapping[ProviderName, float]] = MappingProxyType(
    {
        # labels deliver it to Spotify; MusicBrainz has it from people, many of them
        "isrc": {_SPOTIFY: 0.95, _MUSICBRAINZ: 0.90},
        # nobody knows an id better than who gives it out
        "spotify_id": {_SPOTIFY: 0.99},
        "musicbrainz_id": {_MUSICBRAINZ: 0.99},
        "lastfm_url": {_LASTFM: 0.99},
        # Spotify measures; MusicBrainz rounds to CD frames; Last.fm has many zeros
        "duration_ms": {_SPOTIFY: 0.95, _MUSICBRAINZ: 0.85, _LASTFM: 0.50},
        # first release of the recording against release of the album at hand; of two
        # years the earlier one stands, whoever says it (`_preference`)
        "release_date": {_MUSICBRAINZ: 0.90, _SPOTIFY: 0.88},
        "album": {_SPOTIFY: 0.85, _MUSICBRAINZ: 0.80, _LASTFM: 0.50},
        # of the track by many people; of the recording by few; of the artist alone
        "genres": {_LASTFM: 0.70, _MUSICBRAINZ: 0.65, _SPOTIFY: 0.60},
        "popularity": {_SPOTIFY: 0.95},
        "listeners": {_LASTFM: 0.95},
        "playcount": {_LASTFM: 0.95},
        "artwork_url": {_SPOTIFY: 0.90, _MUSICBRAINZ: 0.70, _LASTFM: 0.60},
    }
)

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
    dates_album = candidate.provider is ProviderName.SPOTIFY
    return dates_album and candidate.album_type == _COMPILATION


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


_READ: Mapping[str, Read] = MappingProxyType(
    {
        "isrc": _isrc,
        "spotify_id": _plain("id"),
        "musicbrainz_id": _plain("id"),
        "lastfm_url": _plain("url"),
        "duration_ms": _duration,
        "release_date": _release_date,
        "album": _plain("album"),
        "label": _plain("label"),
        "genres": _genres,
        "popularity": _plain("popularity"),
        "listeners": _plain("listeners"),
        "playcount": _plain("playcount"),
        "artwork_url": _plain("artwork_url"),
    }
)

# The table as it is walked: who may give each field, the surest first.
_OFFERS: Sequence[tuple[str, Sequence[Offer]]] = tuple(
    (
        name,
        tuple(
            (provider, confidences[provider], _READ[name])
            for provider in sorted(confidences, key=lambda p: -confidences[p])
        ),
    )
    for name, confidences in CONFIDENCES.items()
)
