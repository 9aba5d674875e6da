"""What every provider writes of a recording: its artists, albums, versions, tags."""

import unicodedata
from collections.abc import Sequence
from functools import cache

from provider_simulator.chance import Chance
from provider_simulator.world.catalogue import Album, Artist
from provider_simulator.world.keys import PLAIN_VERSIONS, fold
from provider_simulator.world.truth import Truth, genres

COMPILATIONS = ("Peak Time Anthems", "Sunrise Sessions", "Warehouse Classics")


@cache
def artist(name: str, seed: int, aliases: tuple[str, ...] = ()) -> Artist:
    """Return the one artist of that name."""
    folded = fold(name) or name
    chance = Chance(seed, "artist", folded)
    found = genres(folded, chance)
    return Artist(
        name, chance.mbid("mbid"), chance.spotify_id("id"), found, tuple(aliases)
    )


def album(truth: Truth, title: str, kind: str, released: str, seed: int) -> Album:
    """Return an album; one of various artists is one for all."""
    various = kind in {"Compilation", "DJ-mix"}
    owner = "" if various else truth.credit
    own = Chance(seed, "album", fold(owner), fold(title), kind)
    tracks = {"Single": 2, "EP": 4, "Album": 12, "Compilation": 40, "DJ-mix": 24}
    return Album(
        title=title,
        kind=kind,
        mbid=own.mbid("release"),
        group_mbid=own.mbid("group"),
        spotify_id=own.spotify_id("id"),
        label=truth.label,
        released=released,
        tracks=tracks.get(kind, 10) + own.between("tracks", 0, 3),
        various=various,
    )


def artists(names: Sequence[str], seed: int) -> tuple[Artist, ...]:
    """Return the artists of those names, each once."""
    once = {fold(name) or name: name for name in reversed(names)}
    return tuple(artist(name, seed) for name in reversed(once.values()))


def plain(text: str) -> str:
    """Return a text without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def shown_version(truth: Truth, chance: Chance, purpose: str) -> str | None:
    """Return the version as printed; "Original Mix" comes and goes."""
    if truth.version and fold(truth.version) not in PLAIN_VERSIONS:
        return truth.version
    return "Original Mix" if chance.share(purpose) < 0.08 else None


def weighted(
    names: Sequence[str], chance: Chance, purpose: str, share: float, top: int
) -> tuple[tuple[str, int], ...]:
    """Return tags with falling counts for a share of the recordings."""
    if chance.share(purpose) >= share:
        return ()
    return tuple((name, max(1, top // (place + 1))) for place, name in enumerate(names))
