"""How Spotify writes a recording down in the usual world."""

from collections.abc import Iterator

from provider_simulator.chance import Chance
from provider_simulator.wire.spotify.entries import SpotifyTrack
from provider_simulator.world.ground import Ground
from provider_simulator.world.truth import Truth
from provider_simulator.world.writing import (
    COMPILATIONS,
    album,
    artists,
    plain,
    shown_version,
)


def write(truth: Truth, ground: Ground) -> Iterator[SpotifyTrack]:
    """Yield the entries of a recording: on its own album, perhaps on a compilation."""
    chance = Chance(ground.seed, truth.key)
    names = [name for name, _ in truth.artists] + list(truth.featured)
    if chance.share("remixer credited") < 0.6:
        names += truth.remixers
    has_isrc = chance.share("spotify isrc") < ground.shares["isrcs"]
    homes = [(truth.album, truth.kind)]
    if chance.share("on a compilation") < 0.25:
        title = chance.choice("compilation", COMPILATIONS)
        homes.append((title, "Compilation"))
    for edition, (title, kind) in enumerate(homes):
        yield SpotifyTrack(
            id=chance.spotify_id(f"spotify:{edition}"),
            name=_title(truth, chance),
            artists=artists(names, ground.seed),
            album=album(truth, title, kind, truth.released, ground.seed),
            isrc=truth.isrc if has_isrc else None,
            duration_ms=truth.duration_ms + 7 * edition,
            popularity=max(0, truth.popularity - 9 * edition),
            number=chance.between(f"number:{edition}", 1, 12),
        )


def _title(truth: Truth, chance: Chance) -> str:
    title = truth.title
    if chance.share("spotify plain") < 0.1:
        title = plain(title)
    if truth.featured and chance.share("feat in title") < 0.5:
        title += f" (feat. {' & '.join(truth.featured)})"
    version = shown_version(truth, chance, "spotify original mix")
    if version is None:
        return title
    bracket = chance.share("version in brackets") < 0.2
    return f"{title} ({version})" if bracket else f"{title} - {version}"
