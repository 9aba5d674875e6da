"""The columns of `tracks` that people take away, and what licences say of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enrichment.providers.registry import SPECS, UNASKED
from enrichment.providers.spec import NOT_COMMERCIAL, LicenceClass, Source

# Every value that may have a source beside it, in the order in which it is shown.
VALUES = (
    *("isrc", "spotify_id", "musicbrainz_id", "lastfm_url", "duration_ms"),
    *("release_date", "album", "label", "genres"),
    *("popularity", "listeners", "playcount", "artwork_url", "bpm", "musical_key"),
    *("camelot_key", "energy", "danceability", "valence", "loudness"),
    *("deezer_id", "catalogue_number", "barcode"),
)
# Values that a user of an export is told of when they are missing.
TOLD_WHEN_MISSING = ("isrc", "duration_ms", "release_date", "album", "label", "genres")
# Who gave a value that a person has pinned.
PERSON = "person"
# Who gave a label that is in the tracklist and nowhere else.
TRACKLIST = "tracklist"

_SOURCES: Mapping[str, Source] = {
    source.name: source for source in (*SPECS.values(), *UNASKED.values())
}


def not_commercial(field: str) -> tuple[str, ...]:
    """Return the providers whose values of a field are for non-commercial use alone."""
    return tuple(
        spec.name
        for spec in SPECS.values()
        if field in spec.fields and spec.fields[field].licence in NOT_COMMERCIAL
    )


# Fields of which some values are left out of a commercial export.
WITHHELD_FIELDS = tuple(field for field in VALUES if not_commercial(field))


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider's terms ask to be shown beside its values of some fields."""

    provider: str
    text: str
    fields: tuple[str, ...]


def noticed(*, commercial: bool) -> Iterator[Notice]:
    """
    Yield the notices of providers whose terms ask for one.

    Args:
        commercial: values for non-commercial use alone are left out.
    """
    for spec in SPECS.values():
        bound = tuple(
            field
            for field in VALUES
            if field in spec.fields
            and spec.fields[field].licence is not LicenceClass.CC0
            and not (commercial and spec.fields[field].licence in NOT_COMMERCIAL)
        )
        if bound and spec.terms.notice:
            yield Notice(spec.name, spec.terms.notice, bound)


def licence_of(provider: str | None, field: str) -> str | None:
    """Return the licence of a value; None for a person's and unknown providers'."""
    source = _SOURCES.get(provider or "")
    if source is None:
        return None
    gives = source.fields.get(field)
    return (gives.licence if gives else source.terms.licence).value
