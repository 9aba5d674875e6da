"""
Every provider there is: ours, and those that installed packages add.

A package adds one by an entry point of the group `enrichment.providers` that leads to
a `ProviderSpec`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from enrichment.contract import sources
from enrichment.model import ProviderName
from enrichment.providers.deezer.spec import SPEC as DEEZER
from enrichment.providers.lastfm.spec import SPEC as LASTFM
from enrichment.providers.musicbrainz.spec import SPEC as MUSICBRAINZ
from enrichment.providers.reccobeats.spec import SPEC as RECCOBEATS
from enrichment.providers.spec import (
    AnySpec,
    Gives,
    LicenceClass,
    ProviderSettings,
    ProviderSpec,
    Source,
    Terms,
)
from enrichment.providers.spotify.spec import SPEC as SPOTIFY

GROUP = "enrichment.providers"
BUILT_IN: tuple[AnySpec, ...] = (SPOTIFY, MUSICBRAINZ, LASTFM, DEEZER, RECCOBEATS)


def gathered(
    built_in: Iterable[AnySpec], installed: Iterable[EntryPoint]
) -> tuple[dict[ProviderName, AnySpec], tuple[str, ...]]:
    """Return all specs by name, and what is wrong with those that packages add."""
    specs = {spec.name: spec for spec in built_in}
    faults = []
    for point in installed:
        try:
            spec = point.load()
        except Exception as error:  # noqa: BLE001 (another's code: whatever it raises)
            faults.append(f"{point.value}: {type(error).__name__}: {error}")
            continue
        if not isinstance(spec, ProviderSpec):
            faults.append(f"{point.value}: is no ProviderSpec")
        elif spec.name in specs:
            faults.append(f"{point.value}: there is a provider {spec.name} already")
        else:
            specs[spec.name] = spec
    return specs, tuple(faults)


_specs, FAULTS = gathered(BUILT_IN, entry_points(group=GROUP))
SPECS: Mapping[ProviderName, AnySpec] = MappingProxyType(_specs)
NAMES: tuple[ProviderName, ...] = tuple(SPECS)


def chains_of(specs: Iterable[AnySpec]) -> tuple[tuple[ProviderName, ...], ...]:
    """
    Return who is asked after whom.

    Chains run side by side. Whoever can be asked by an identifier is in one chain, the
    cheapest question first: what it teaches makes the next provider's question a sure
    one. Whoever is asked by names alone needs nobody's help.
    """
    taught = [spec for spec in specs if spec.is_asked_by_identifier]
    alone = [(spec.name,) for spec in specs if not spec.is_asked_by_identifier]
    taught.sort(key=lambda spec: (spec.seconds_per_question(), spec.name))
    first = [tuple(spec.name for spec in taught)] if taught else []
    return (*first, *alone)


CHAINS = chains_of(SPECS.values())


def provider_name(text: str) -> ProviderName:
    """Return a provider's name as it is known. Raises ValueError naming those known."""
    name = ProviderName(text)
    if name not in SPECS:
        raise ValueError(f"no provider {text!r}; there are {', '.join(NAMES)}")
    return name


EXPECTED: tuple[ProviderName, ...] = tuple(
    spec.name for spec in BUILT_IN if spec.is_expected
)


def asked_by_default(
    settings: Mapping[ProviderName, ProviderSettings],
) -> tuple[ProviderName, ...]:
    """
    Return who is asked where nobody is named.

    Args:
        settings: what is set of each provider.
    """
    return tuple(
        spec.name
        for spec in BUILT_IN
        if spec.is_expected or all(getattr(settings[spec.name], n) for n in spec.needs)
    )


def listed(names: str | None) -> tuple[ProviderName, ...]:
    """
    Return the providers of a list with commas; all of ours where there is none.

    Raises:
        ValueError: it names nobody, or somebody unknown, or one twice.
    """
    if names is None:
        return tuple(spec.name for spec in BUILT_IN)
    found = tuple(provider_name(n.strip()) for n in names.split(",") if n.strip())
    if not found:
        raise ValueError(f"names no provider; there are {', '.join(NAMES)}")
    if len(set(found)) < len(found):
        raise ValueError(f"names a provider twice: {names}")
    return found


# Sources of values that nobody asks. Migration 018 writes those of files, in the row
# of each track; their confidence is below that of every provider.
_FILE_FIELDS = (
    *("isrc", "duration_ms", "release_date", "album", "label", "artwork_url"),
    *("bpm", "camelot_key"),
)
UNASKED: Mapping[str, Source] = MappingProxyType(
    {
        sources.FILE: Source(
            name=sources.FILE,
            title="files",
            terms=Terms(LicenceClass.OWN, url="", read_on=date(2026, 10, 1)),
            fields={name: Gives(0.1, LicenceClass.OWN) for name in _FILE_FIELDS},
        )
    }
)
