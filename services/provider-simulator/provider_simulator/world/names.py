"""Tracks out of nothing but a number, for runs that have no tracklists at hand."""

from provider_simulator.chance import Chance
from provider_simulator.world.catalogue import Given

_FIRST = (
    *("Alva", "Bram", "Cato", "Dina", "Edvin", "Fenna", "Gus", "Hilde", "Ivo", "Juna"),
    *("Kaj", "Lior", "Maren", "Nils", "Oona", "Pim", "Runa", "Sten", "Tove", "Ugo"),
)
_LAST = (
    *("Aster", "Brandt", "Corvin", "Dahl", "Ekman", "Falk", "Grau", "Holm", "Ilves"),
    *("Jansen", "Kolb", "Lindqvist", "Moreau", "Nyström", "Okafor", "Præst", "Rui"),
)
_NOUNS = (
    *("Harbour", "Static", "Lantern", "Orbit", "Copper", "Mirror", "Cinder", "Atlas"),
    *("Fever", "Glass", "Signal", "Ember", "Parallel", "Tide", "Hollow", "Meridian"),
    *("Arcade", "Borealis", "Canyon", "Drift", "Engine", "Filament", "Gravity", "Halo"),
)
_SYLLABLES = (
    "ka",
    "lo",
    "ri",
    "ven",
    "mu",
    "sha",
    "to",
    "nel",
    "ze",
    "phi",
    "ru",
    "dan",
)
_WORDS = (
    *("Silent", "Northern", "Broken", "Electric", "Distant", "Golden", "Hidden"),
    *("Liquid", "Midnight", "Neon", "Open", "Paper", "Restless", "Second", "Velvet"),
)
_VERSIONS = (None, None, None, "Extended Mix", "Original Mix", "Radio Edit", "Dub")


def invented_tracks(count: int, seed: int) -> list[Given]:
    """Make different tracks by a few hundred artists."""
    tracks: dict[str, Given] = {}
    number = 0
    while len(tracks) < count:
        chance = Chance(seed, "track", str(number))
        number += 1
        track = _track(chance, number)
        tracks.setdefault(track.key, track)
    return list(tracks.values())


def _track(chance: Chance, number: int) -> Given:
    def artist(purpose: str) -> str:
        first = chance.choice(f"{purpose} first", _FIRST)
        return f"{first} {chance.choice(f'{purpose} last', _LAST)}"

    words = [chance.choice("word", _WORDS), chance.choice("noun", _NOUNS)]
    if number % 3:
        place = "".join(chance.some("place", _SYLLABLES, 3)).capitalize()
        words += ["of", place]
    names = [artist("main")]
    if chance.share("pair") < 0.2:
        names.append(artist("second"))
    version = chance.choice("version", _VERSIONS)
    remixers: tuple[str, ...] = ()
    if chance.share("remix") < 0.25:
        remixers = (artist("remixer"),)
        version = f"{remixers[0]} Remix"
    featured = (artist("guest"),) if chance.share("featured") < 0.15 else ()
    return Given(
        artist=" & ".join(names),
        title=" ".join(words),
        version=version,
        artists=tuple(names),
        featured=featured,
        remixers=remixers,
    )
