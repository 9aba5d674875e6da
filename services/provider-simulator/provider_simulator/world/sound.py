"""How a recording truly sounds and is sold: by this, rows are judged."""

from dataclasses import dataclass

from provider_simulator.chance import Chance
from provider_simulator.world.truth import Truth

_TONES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_MODES = ("minor", "major")
_CATALOGUES = ("MC", "NF", "SLR", "TRA", "PS")


@dataclass(frozen=True, slots=True)
class TrueSound:
    """What measuring and labels say without a fault."""

    bpm: float
    tone: int
    mode: int
    energy: float
    danceability: float
    valence: float
    loudness: float
    catalogue_number: str
    barcode: str

    @property
    def musical_key(self) -> str:
        """Return "F# minor"."""
        return f"{_TONES[self.tone]} {_MODES[self.mode]}"


def sound_of(truth: Truth, seed: int) -> TrueSound:
    """Return how a recording truly sounds: equal for equal seeds."""
    chance = Chance(seed, truth.key, "sound")
    code = chance.choice("catalogue", _CATALOGUES)
    return TrueSound(
        bpm=chance.between("bpm", 8_800, 17_600) / 100,
        tone=chance.between("tone", 0, 11),
        mode=chance.between("mode", 0, 1),
        energy=round(chance.share("energy"), 3),
        danceability=round(chance.share("danceability"), 3),
        valence=round(chance.share("valence"), 3),
        loudness=-round(3 + 9 * chance.share("loudness"), 2),
        catalogue_number=f"{code}{chance.between('number', 1, 999):03d}",
        barcode=f"{chance.between('barcode', 10**11, 10**12 - 1):013d}",
    )
