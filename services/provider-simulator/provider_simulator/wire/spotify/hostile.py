"""How Spotify writes a recording down: versions behind a dash, editions, mixed cuts."""

from collections.abc import Iterator
from dataclasses import replace

from provider_simulator.chance import Chance
from provider_simulator.wire.spotify.entries import SpotifyTrack
from provider_simulator.world.hostile.companions import is_plain
from provider_simulator.world.hostile.right import HostileWriting, Right
from provider_simulator.world.hostile.shares import CUT, DRESS
from provider_simulator.world.hostile.writing import (
    DJ_MIXES,
    all_names,
    later,
    shown_version,
    spelled,
)
from provider_simulator.world.truth import Truth
from provider_simulator.world.writing import COMPILATIONS, album, artist

# Shares of recordings: with a cut out of a DJ mix beside them, with an ISRC.
_MIXED_CUT, _ISRC = 0.05, 0.995
# Remasters are of what is old.
_OLD = "2006"


def tracks(truth: Truth, seed: int) -> Iterator[SpotifyTrack]:
    """Yield a recording's entries: single or album, compilation, remaster."""
    chance = Chance(seed, truth.key, "spotify")
    first = _track(truth, chance, seed)
    if truth.released < _OLD and chance.share("remaster") < DRESS["remaster"] * 3:
        yield replace(first, name=_remastered(first.name, truth, chance))
    else:
        yield first
    if chance.share("compiled") < DRESS["compilation"]:
        when = later(truth.released, chance, "compiled later")
        title = chance.choice("compilation", COMPILATIONS)
        yield replace(
            first,
            id=chance.spotify_id("compiled"),
            album=album(truth, title, "Compilation", when, seed),
            popularity=max(0, first.popularity - chance.between("less", -10, 20)),
            duration_ms=first.duration_ms + chance.between("apart", 0, 900),
        )
    if chance.share("twice") < DRESS["twice"]:
        yield replace(first, id=chance.spotify_id("twice"), explicit=True)


def _beside(right: Right) -> Iterator[tuple[str, SpotifyTrack]]:
    if Chance(right.seed, right.played.key).share("mixed cut") < _MIXED_CUT:
        yield CUT, mixed_cut(right.truth, right.seed)


def mixed_cut(truth: Truth, seed: int) -> SpotifyTrack:
    """Return the cut of a DJ mix: "Mixed" in its name, another length, its own ISRC."""
    chance = Chance(seed, truth.key, "spotify mixed")
    whole = _track(truth, Chance(seed, truth.key, "spotify"), seed)
    form = "{} - Mixed" if chance.share("dash") < 0.6 else "{} (Mixed)"
    title = f"{chance.choice('album', DJ_MIXES)} (DJ Mix)"
    return replace(
        whole,
        id=chance.spotify_id("id"),
        name=form.format(whole.name),
        album=album(truth, title, "Compilation", whole.album.released, seed),
        isrc=chance.isrc("isrc", int(truth.released[:4])),
        duration_ms=int(truth.duration_ms * (0.4 + chance.share("cut") / 3)),
    )


def _track(truth: Truth, chance: Chance, seed: int) -> SpotifyTrack:
    names = spelled(truth, "spotify", chance)
    credited = truth.remixers if chance.share("remixer credited") < 0.6 else ()
    has_isrc = chance.share("isrc") < _ISRC
    return SpotifyTrack(
        id=chance.spotify_id("id"),
        name=_title(names.title, truth, chance),
        artists=tuple(artist(n, seed) for n in all_names(names, truth, credited)),
        album=album(truth, truth.album, truth.kind, truth.released, seed),
        isrc=truth.isrc if has_isrc else None,
        duration_ms=truth.duration_ms,
        popularity=truth.popularity,
        number=chance.between("number", 1, 12),
    )


def _title(title: str, truth: Truth, chance: Chance) -> str:
    if truth.featured and chance.share("feat in title") < 0.5:
        title += f" (feat. {' & '.join(truth.featured)})"
    version = shown_version(truth, "spotify", chance)
    if version is None:
        return title
    brackets = chance.share("version in brackets") < 0.2
    return f"{title} ({version})" if brackets else f"{title} - {version}"


def _remastered(name: str, truth: Truth, chance: Chance) -> str:
    year = later(truth.released, chance, "remastered")[:4]
    dress = chance.choice(
        "remaster", (f"Remastered {year}", f"{year} Remaster", "Remastered")
    )
    return f"{name} - {dress}" if is_plain(truth.version) else f"{name} ({dress})"


HOSTILE = HostileWriting(
    absent=0.25,
    entries=tracks,
    ids=lambda track: (track.id,),
    beside=_beside,
    # a short page is filled with near names
    settings={"padding": True},
)
