"""One builder per noun, with defaults that pass."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest
from enrichment.model import (
    ArtistCredit,
    Candidate,
    EnrichedTrack,
    FieldValue,
    Outcome,
    ProviderName,
    ProviderRecord,
    Wanted,
)
from enrichment.providers.allowance import Limits
from enrichment.providers.registry import SPECS

SPOTIFY = ProviderName("spotify")

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_IDS = UUID("00000000-0000-4000-8000-000000000000")


def track_id(number: int = 0) -> str:
    return str(uuid5(_IDS, str(number)))


def request(number: int = 0, **changed: Any) -> EnrichmentRequest:
    facts = {
        "track_id": track_id(number),
        "artist": f"Artist {number}",
        "title": f"Title {number}",
        "priority": 5,
    }
    return EnrichmentRequest(**{**facts, **changed})


def wanted(
    number: int = 0, artist: str | None = None, title: str | None = None, **known: Any
) -> Wanted:
    name = parse_name(artist or f"Artist {number}", title or f"Title {number}")
    return Wanted(track_id=known.pop("track_id", track_id(number)), name=name, **known)


def candidate(provider: ProviderName = SPOTIFY, **known: Any) -> Candidate:
    facts = {"id": "c1", "artist": "Artist 0", "title": "Title 0"}
    return Candidate(provider=provider, **{**facts, **known})


def value(
    of: object,
    provider: ProviderName = SPOTIFY,
    confidence: float = 0.9,
) -> FieldValue:
    return FieldValue(of, provider, confidence, AT, 1)


def record(
    provider: ProviderName = SPOTIFY,
    outcome: Outcome = Outcome.FOUND,
    **known: Any,
) -> ProviderRecord:
    facts = {"question": "search:artist:title", "fetched_at": AT}
    return ProviderRecord(provider, outcome, **{**facts, **known})


def enriched(
    number: int = 0,
    values: Mapping[str, object] | None = None,
    *,
    artist: str | None = None,
    title: str | None = None,
    credited: Sequence[str | ArtistCredit] = (),
    records: Sequence[ProviderRecord] = (),
) -> EnrichedTrack:
    given = {} if values is None else values
    return EnrichedTrack(
        wanted=wanted(number, artist, title),
        track_key=f"artist {number}|title {number}|",
        values={
            name: v if isinstance(v, FieldValue) else value(v)
            for name, v in given.items()
        },
        records=tuple(records) or (record(),),
        credits=tuple(
            c if isinstance(c, ArtistCredit) else ArtistCredit(c, "main", place)
            for place, c in enumerate(credited, 1)
        ),
    )


def limits(**given: Mapping[str, Any]) -> dict[ProviderName, Limits]:
    """Every provider's allowance, by what is set of some."""
    return {
        name: spec.limits(spec.settings(**given.get(name, {})), 0.25)
        for name, spec in SPECS.items()
    }


def confidences() -> dict[str, dict[ProviderName, float]]:
    """How sure each provider is of each column that it gives."""
    columns = dict.fromkeys(c for spec in SPECS.values() for c in spec.fields)
    return {
        column: {
            name: spec.fields[column].confidence
            for name, spec in SPECS.items()
            if column in spec.fields
        }
        for column in columns
    }
