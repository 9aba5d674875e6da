"""How ReccoBeats has a recording: under its ISRC and the id of its Spotify entry."""

from collections.abc import Iterator

from provider_simulator.chance import Chance
from provider_simulator.wire.reccobeats.entries import ReccoBeatsTrack
from provider_simulator.world.ground import Ground
from provider_simulator.world.hostile.right import HostileWriting
from provider_simulator.world.keys import PLAIN_VERSIONS, fold
from provider_simulator.world.sound import sound_of
from provider_simulator.world.truth import Truth

# One ISRC may return several recordings.
_SEVERAL_SHARE = 0.05
_UNKNOWN_KEY_SHARE = 0.02
_OCTAVE_SHARE = 0.04
# 60 to 90 % of fresh ISRCs were known.
_LACKING = 0.25


def write(truth: Truth, ground: Ground) -> Iterator[ReccoBeatsTrack]:
    """Yield a recording's entries in the usual world, linked as Spotify has them."""
    _, page = ground.pages.get("spotify", ("", ""))
    own = Chance(ground.seed, truth.key, "reccobeats").spotify_id("spotify")
    yield from _entries(truth, ground.seed, page.rpartition("/")[2] or own)


def _hostile(truth: Truth, seed: int) -> Iterator[ReccoBeatsTrack]:
    spotify_id = Chance(seed, truth.key, "spotify").spotify_id("id")
    yield from _entries(truth, seed, spotify_id)


def _entries(truth: Truth, seed: int, spotify_id: str) -> Iterator[ReccoBeatsTrack]:
    chance, sound = Chance(seed, truth.key, "reccobeats"), sound_of(truth, seed)
    is_plain = fold(truth.version or "") in {"", *PLAIN_VERSIONS}
    drawn = chance.share("octave")
    factor = 0.5 if drawn < _OCTAVE_SHARE / 2 else 2 if drawn < _OCTAVE_SHARE else 1
    for edition in range(1 + (chance.share("several") < _SEVERAL_SHARE)):
        yield ReccoBeatsTrack(
            id=chance.mbid(f"id:{edition}"),
            title=truth.title if is_plain else f"{truth.title} - {truth.version}",
            artists=(*(name for name, _ in truth.artists), *truth.featured),
            isrc=truth.isrc,
            spotify_id=spotify_id,
            duration_ms=truth.duration_ms,
            popularity=truth.popularity,
            tempo=round(sound.bpm * factor, 3),
            is_key_known=chance.share("no key") >= _UNKNOWN_KEY_SHARE,
            sound=sound,
        )


HOSTILE = HostileWriting(
    absent=_LACKING, entries=_hostile, ids=lambda track: (track.id,)
)
