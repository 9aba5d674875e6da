"""What all providers' writing has in common: later dates, spellings, versions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from provider_simulator.chance import Chance
from provider_simulator.world.hostile.companions import is_plain
from provider_simulator.world.hostile.shares import DRESS
from provider_simulator.world.keys import fold
from provider_simulator.world.truth import Truth

DJ_MIXES = ("Fabric Of Night 12", "Balance Wheel 004", "Late Shift, Volume Six")
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абкдефгхиджклмнопкрстувуксиз"
# Where a typist errs: inside a long word.
_LONG_WORD = re.compile(r"\w{6,}")


@dataclass(frozen=True, slots=True)
class Spelled:
    """The artists and the title as one provider spells them."""

    artists: tuple[tuple[str, str], ...]
    title: str
    alias_of: str | None = None


def later(released: str, chance: Chance, purpose: str, most: int = 15) -> str:
    """Return a date some years later."""
    year = min(2026, int(released[:4]) + chance.between(purpose, 1, most))
    return f"{year}{released[4:]}"


def spelled(truth: Truth, provider: str, chance: Chance) -> Spelled:
    """Return the names as a provider spells them; a share of them not as printed."""
    plain = Spelled(truth.artists, truth.title)
    if truth.distractor or chance.share(f"{provider} spelling") >= DRESS["spelling"]:
        return plain
    first, join = truth.artists[0]
    how = chance.choice(
        f"{provider} how", ("title", "artist", "script", "suffix", "and")
    )
    if how == "title":
        return Spelled(truth.artists, mistyped(truth.title, chance))
    names = {
        "artist": mistyped(first, chance),
        "script": in_cyrillic(first),
        "suffix": f"{first} ({chance.choice('land', ('UK', 'DE', 'NL', 'OZ'))})",
        "and": first.replace("&", "and") if "&" in first else first.upper(),
    }
    respelt = ((names[how], join), *truth.artists[1:])
    return Spelled(respelt, truth.title, first)


def mistyped(name: str, chance: Chance) -> str:
    """Swap or leave out letters inside a long word; a short name stays."""
    words = list(_LONG_WORD.finditer(name))
    if not words:
        return name
    word = chance.choice("word", words)
    place = chance.between("place", word.start() + 1, word.end() - 3)
    swapped = name[place + 1] + name[place]
    middle = swapped if chance.share("swap") < 0.5 else name[place + 1]
    return name[:place] + middle + name[place + 2 :]


def in_cyrillic(name: str) -> str:
    """Write a Latin name in another script, letter by letter."""
    table = dict(zip(_LATIN, _CYRILLIC, strict=False))
    return "".join(table.get(letter, letter) for letter in name.casefold()).title()


def shown_version(truth: Truth, provider: str, chance: Chance) -> str | None:
    """Return the version as printed; "Original Mix" comes and goes."""
    if not is_plain(truth.version):
        return truth.version
    says_so = chance.share(f"{provider} original") < DRESS["original mix"]
    return "Original Mix" if says_so else None


def all_names(names: Spelled, truth: Truth, remixers: Sequence[str]) -> list[str]:
    """Return the single artists, each once."""
    several = [*(name for name, _ in names.artists), *truth.featured, *remixers]
    return list({fold(name) or name: name for name in reversed(several)}.values())[::-1]
