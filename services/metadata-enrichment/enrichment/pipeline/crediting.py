"""Who made a track, in which role, as one artist or several. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from enrichment.contract.identity.spelling import folded
from enrichment.model import (
    ArtistCredit,
    Artists,
    Candidate,
    ProviderName,
    Wanted,
)
from enrichment.providers.registry import SPECS

# Providers that name a recording's artists one by one, with the column of their ids.
ARTIST_ID_COLUMNS: Mapping[ProviderName, str] = MappingProxyType(
    {
        name: spec.artist_id_column
        for name, spec in SPECS.items()
        if spec.artist_id_column is not None
    }
)
CREDITING = tuple(ARTIST_ID_COLUMNS)

# No artists, whatever a list prints: they never become rows.
_NOBODY = frozenset(
    {
        *("", "unknown", "unknown artist", "unknown artists", "various artists"),
        *("various", "va", "v a", "id", "artist", "no artist", "untitled", "n a"),
    }
)

Named = Mapping[ProviderName, Artists]


@dataclass(frozen=True, slots=True)
class _Known:
    """An artist as a provider names it, with the provider's id."""

    name: str
    id: str
    provider: ProviderName


def artists_of(candidate: Candidate) -> Artists:
    """Return whom a candidate credits, each with the provider's id or ""."""
    ids = candidate.artist_ids or ("",) * len(candidate.artists)
    return tuple(zip(candidate.artists, ids, strict=False))


def credits_of(wanted: Wanted, named: Named) -> tuple[ArtistCredit, ...]:
    """
    Return who made the track, in the roles its name tells, with ids where names agree.

    "Tyler, The Creator" is one artist where a provider says so; the parts of a credit
    are only candidates.
    """
    known = _known_artists(named)
    name = wanted.name
    roles = (
        ("main", _whole_names(name.artist, name.artists, known)),
        ("featured", name.featured),
        ("remixer", name.remixers),
    )
    credited: list[ArtistCredit] = []
    seen: set[tuple[str, str]] = set()
    for role, names in roles:
        for artist in names:
            letters = _letters(artist)
            # who is a main artist is no guest; who remixes may be one of either
            taken = {(letters, role), (letters, "main")} if role != "remixer" else set()
            if folded(artist) in _NOBODY or not letters or seen & taken:
                continue
            if (letters, role) in seen:
                continue
            seen.add((letters, role))
            credited.append(_credit(artist, role, len(credited) + 1, known))
    return tuple(credited)


def _credit(
    artist: str, role: str, position: int, known: Mapping[str, list[_Known]]
) -> ArtistCredit:
    ids = {
        ARTIST_ID_COLUMNS[k.provider]: k.id
        for k in known.get(_letters(artist), ())
        if k.id
    }
    return ArtistCredit(
        name=artist,
        role=role,
        position=position,
        **ids,
    )


def _known_artists(named: Named) -> dict[str, list[_Known]]:
    """Gather the providers' artists by letters; two of one name are nobody's."""
    known: dict[str, list[_Known]] = {}
    for provider in CREDITING:
        for artist, id_ in named.get(provider, ()):
            same = known.setdefault(_letters(artist), [])
            if any(k.provider == provider and k.id != id_ for k in same):
                # one track by two artists of the same name: which one is not told
                same[:] = [k for k in same if k.provider != provider]
                same.append(_Known(artist, "", provider))
            else:
                same.append(_Known(artist, id_, provider))
    return known


def _whole_names(
    credit: str, parts: tuple[str, ...], known: Mapping[str, list[_Known]]
) -> tuple[str, ...]:
    """Put parts of a credit together again where a provider knows the whole name."""
    if _letters(credit) in known:
        return (credit,)
    names: list[str] = []
    start = 0
    while start < len(parts):
        end = start + 1
        for longer in range(len(parts), start + 1, -1):
            if together := known.get("".join(map(_letters, parts[start:longer]))):
                names.append(together[0].name)
                end = longer
                break
        else:
            names.append(parts[start])
        start = end
    return tuple(names)


# The artists of a set of batches come again and again.
@lru_cache(maxsize=2048)
def _letters(name: str) -> str:
    """Return the letters of a name: without spaces, "and" and "the"."""
    words = folded(name).split()
    return "".join(w for w in words if w not in {"and", "the"}) or "".join(words)
