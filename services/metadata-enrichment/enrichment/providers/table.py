"""The table of providers: what each gives, under which terms, where, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from enrichment.contract import sources
from enrichment.model import ProviderName


class LicenceClass(StrEnum):
    """What we may do with a provider's values."""

    # keep forever
    CC0 = "cc0"
    # keep forever, name who made it, share alike, earn nothing with it
    CC_BY_NC_SA = "cc-by-nc-sa"
    # keep while the lifetime lasts, then refresh or delete; purge on termination
    TERMS_BOUND = "terms-bound"
    # the same, and for non-commercial use alone
    NON_COMMERCIAL = "non-commercial"
    # what the user's own files say: theirs to use as they like
    OWN = "own"


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """
    One provider as data.

    Args:
        fields: columns of `tracks` that it can give.
        licences: of fields that are under another one than the rest.
        cache_days: default lifetime of a remembered answer.
        base_url, token_url: real endpoints; settings may replace them.
        limits: default allowance in words of the provider; `lookup` has the windows.
        terms_url: what `licence` was read from.
        notice: what these terms ask to be shown beside values that are taken away.
    """

    name: ProviderName
    fields: frozenset[str]
    licence: LicenceClass
    cache_days: int
    base_url: str
    limits: str
    terms_url: str
    token_url: str | None = None
    licences: Mapping[str, LicenceClass] = field(default_factory=dict)
    notice: str = ""

    def licence_of(self, column: str) -> LicenceClass:
        """Return the class of licence that a field's values have."""
        return self.licences.get(column, self.licence)


PROVIDERS: Mapping[ProviderName, ProviderRow] = {
    row.name: row
    for row in (
        ProviderRow(
            name=ProviderName.SPOTIFY,
            fields=frozenset(
                {
                    "spotify_id",
                    "isrc",
                    "duration_ms",
                    "release_date",
                    "album",
                    "artwork_url",
                    # extended quota only, since February 2026
                    "popularity",
                }
            ),
            licence=LicenceClass.TERMS_BOUND,
            cache_days=7,
            base_url="https://api.spotify.com/v1",
            token_url="https://accounts.spotify.com/api/token",  # noqa: S106 (an address)
            limits="unpublished: a rolling 30 s window, and a rolling day per account",
            terms_url="https://developer.spotify.com/terms",
            notice="Spotify's values: name Spotify as their source, link to the track"
            " on open.spotify.com, keep no copy beyond its terms"
            " (developer.spotify.com/terms).",
        ),
        ProviderRow(
            name=ProviderName.MUSICBRAINZ,
            fields=frozenset(
                {
                    "musicbrainz_id",
                    "isrc",
                    "duration_ms",
                    "release_date",
                    "album",
                    "genres",
                }
            ),
            licence=LicenceClass.CC0,
            # the core is CC0; genres and tags are supplementary data
            licences={"genres": LicenceClass.CC_BY_NC_SA},
            cache_days=30,
            base_url="https://musicbrainz.org/ws/2",
            limits="1 call a second per address, averaged",
            terms_url="https://musicbrainz.org/doc/About/Data_License",
            notice="Genres of MusicBrainz: CC BY-NC-SA 3.0, name MusicBrainz"
            " (musicbrainz.org) as their source.",
        ),
        ProviderRow(
            name=ProviderName.LASTFM,
            fields=frozenset(
                {"lastfm_url", "genres", "listeners", "playcount", "duration_ms"}
            ),
            licence=LicenceClass.NON_COMMERCIAL,
            cache_days=7,
            base_url="https://ws.audioscrobbler.com/2.0/",
            limits="not several calls every second for long; 100 MB kept in all",
            terms_url="https://www.last.fm/api/tos",
            notice="Last.fm's values: not for commercial use; name Last.fm as their"
            " source and link to it (www.last.fm/api/tos).",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class UnaskedRow:
    """
    A source of values that is never asked: no endpoint, no limits, no answers.

    Args:
        fields: columns of `tracks` that it can give.
        confidence: below that of every provider: each of their values is above it.
    """

    name: str
    fields: frozenset[str]
    licence: LicenceClass
    confidence: float


# Migration 018 writes the values of files, in the row of each track.
UNASKED: Mapping[str, UnaskedRow] = {
    row.name: row
    for row in (
        UnaskedRow(
            name=sources.FILE,
            fields=frozenset(
                {
                    "isrc",
                    "duration_ms",
                    "release_date",
                    "album",
                    "label",
                    "artwork_url",
                    "bpm",
                    "camelot_key",
                }
            ),
            licence=LicenceClass.OWN,
            confidence=0.1,
        ),
    )
}
