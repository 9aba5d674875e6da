"""How Deezer has a recording: one or two editions, a tempo more often than not."""

from collections.abc import Iterator, Sequence

from provider_simulator.chance import Chance
from provider_simulator.wire.deezer.entries import DeezerTrack
from provider_simulator.world.ground import Ground
from provider_simulator.world.hostile.right import HostileWriting
from provider_simulator.world.hostile.writing import spelled
from provider_simulator.world.keys import PLAIN_VERSIONS, fold
from provider_simulator.world.sound import sound_of
from provider_simulator.world.truth import Truth

# Of 24 tracks that were looked at 17 had a tempo; half or double of it is usual.
_BPM_SHARE = 0.70
_OCTAVE_SHARE = 0.06
# Another edition of one recording: another id, the same ISRC.
_EDITION_SHARE = 0.15
_KINDS = {"Compilation": "compile", "Single": "single", "EP": "ep"}
# It had 93 % of 3,227 tracks of festivals' sets.
_LACKING = 0.07


def write(truth: Truth, ground: Ground) -> Iterator[DeezerTrack]:
    """Yield a recording's editions in the usual world."""
    yield from _editions(truth, ground.seed, truth.title, truth.artists)


def _hostile(truth: Truth, seed: int) -> Iterator[DeezerTrack]:
    names = spelled(truth, "deezer", Chance(seed, truth.key, "deezer"))
    yield from _editions(truth, seed, names.title, names.artists)


def _editions(
    truth: Truth, seed: int, title: str, artists: Sequence[tuple[str, str]]
) -> Iterator[DeezerTrack]:
    chance, sound = Chance(seed, truth.key, "deezer"), sound_of(truth, seed)
    guests = f" (feat. {' & '.join(truth.featured)})" if truth.featured else ""
    is_plain = fold(truth.version or "") in {"", *PLAIN_VERSIONS}
    version = "" if is_plain else f"({truth.version})"
    for edition in range(1 + (chance.share("editions") < _EDITION_SHARE)):
        yield DeezerTrack(
            id=chance.between(f"id:{edition}", 10**6, 3 * 10**9),
            title=" ".join(filter(None, (title + guests, version))),
            version=version,
            artists=(*(name for name, _ in artists), *truth.featured),
            isrc=truth.isrc,
            duration_ms=truth.duration_ms,
            popularity=truth.popularity,
            bpm=_measured(sound.bpm, chance),
            released=truth.released,
            album_id=chance.between(f"album:{edition}", 10**5, 9 * 10**8),
            album=truth.album,
            kind=_KINDS.get(truth.kind, "album"),
            label=truth.label,
            barcode=sound.barcode,
        )


def _measured(bpm: float, chance: Chance) -> float:
    if chance.share("bpm") >= _BPM_SHARE:
        return 0.0
    drawn = chance.share("octave")
    factor = 0.5 if drawn < _OCTAVE_SHARE / 2 else 2 if drawn < _OCTAVE_SHARE else 1
    return round(bpm * factor, 2)


HOSTILE = HostileWriting(
    absent=_LACKING,
    entries=_hostile,
    ids=lambda track: (str(track.id),),
)
