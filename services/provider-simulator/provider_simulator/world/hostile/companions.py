"""Recordings that are beside a played one and are not it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from provider_simulator.chance import Chance
from provider_simulator.world.hostile.shares import BESIDE, SHARED_ISRC
from provider_simulator.world.keys import PLAIN_VERSIONS, fold, recording_key
from provider_simulator.world.truth import (
    COVER_ARTISTS,
    KARAOKE_ARTISTS,
    Truth,
    by_another,
    duration_of,
    new_isrc,
)

# Versions that anything may have; a remixer's name makes one more.
_VERSIONS = (
    *("Extended Mix", "Radio Edit", "Club Mix", "Dub", "VIP Mix", "Instrumental"),
    *("Acapella", "Live", "Acoustic", "Demo", "Vocal Mix", "Dub Mix", "Edit"),
    *("Piano Version", "Stripped", "En Vivo", "Backing Track", "Orchestral Version"),
    *("Extended Version", "Short Edit", "Beatless Version", "Reprise", "Intro Mix"),
)
# What is beside a remix: other work of the same remixer.
_REMIXERS_OWN = ("{} Dub", "{} VIP Remix", "{} Instrumental", "{} Edit", "{} Remix 2")
_SPED_UP = ("Sped Up", "Slowed + Reverb", "Nightcore Version", "Sped Up Version")
_LANGUAGES = (
    *("Spanish Version", "French Version", "Deutsche Version", "En Español"),
    *("Versión en Español", "Italian Version", "Japanese Version"),
)
_SEQUELS = ("{} 2", "{} II", "{} Pt. 2", "{}, Part II", "{} 2.0")
_AGAIN = ("Re-Recorded", "2021 Re-Recording", "Reprise", "2018 Version")
_WORDS = ("Northern", "Young", "Little", "Grand", "Brothers", "Perry", "Quartet", "Sr.")
_NUMBER = re.compile(r"\d+$")
_LETTERS = "aeioulnrstdm"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the real world that companions are called by."""

    artists: Sequence[str]
    remixes: Sequence[str]
    titles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Companion:
    """A recording, and what it is to the one it is beside."""

    kind: str
    truth: Truth


def companions(
    truth: Truth, names: Names, seed: int, isrcs: set[str], taken: set[str]
) -> Iterator[Companion]:
    """
    Invent all that may be beside a recording, each a recording of its own.

    Args:
        isrcs: those that are given already; grows.
        taken: keys of other recordings; grows.
    """
    for kind in BESIDE:
        chance = Chance(seed, truth.key, kind)
        for other in _KINDS[kind](truth, names, chance):
            key = recording_key(other.credit, other.title, other.version)
            if key not in taken:
                taken.add(key)
                beside = replace(other, key=key)
                yield Companion(kind, _registered(beside, truth, seed, isrcs))


def _registered(other: Truth, of: Truth, seed: int, isrcs: set[str]) -> Truth:
    """Return it its own length, fame and ISRC; some mixes share the ISRC."""
    chance = Chance(seed, other.key)
    is_mix = bool(re.search(r"(?:Mix|Edit|Dub)$", other.version or ""))
    shares = other.artists == of.artists and is_mix
    year = int(of.released[:4])
    shared = shares and chance.share("shares isrc") < SHARED_ISRC
    later = min(2026, year + chance.between("later", 0, 12))
    return replace(
        other,
        isrc=of.isrc if shared else new_isrc(chance, later, isrcs),
        duration_ms=duration_of(other.version, chance),
        released=f"{later}{of.released[4:]}",
        listeners=max(10, int(of.listeners * 3 * chance.share("fame") ** 2)),
        popularity=chance.between("popularity", 0, 70),
        distractor=True,
    )


def _versions(truth: Truth, names: Names, chance: Chance) -> Iterator[Truth]:
    if not is_plain(truth.version) and chance.share("the original") < 0.6:
        yield replace(truth, version=None, remixers=())
    maker = " & ".join(truth.remixers)
    if maker and chance.share("of the remixer") < 0.3:
        form = chance.choice("remixer's own", _REMIXERS_OWN)
        yield replace(truth, version=form.format(maker))
    for place in range(chance.between("how many", 1, 3)):
        if chance.share(f"remix {place}") < 0.4 and names.remixes:
            version = chance.choice(f"whose {place}", names.remixes)
        else:
            version = chance.choice(f"which {place}", _VERSIONS)
        yield replace(truth, version=version, remixers=())


def _namesakes(truth: Truth, names: Names, chance: Chance) -> Iterator[Truth]:
    yield by_another(truth, chance.choice("who", names.artists), None)


def _near_names(truth: Truth, _names: Names, chance: Chance) -> Iterator[Truth]:
    if chance.share("whose name") < 0.5:
        near = near_artist(truth.artists[0][0], chance)
        yield replace(truth, artists=((near, ""),), featured=())
    else:
        yield replace(truth, title=near_title(truth.title, chance))


def near_artist(artist: str, chance: Chance) -> str:
    """Return an artist that a filter or a fuzzy eye takes for another."""
    word = chance.choice("word", _WORDS)
    bare = artist.removeprefix("The ")
    plural = bare if bare.endswith("s") else f"{bare}s"
    forms = (
        f"{artist} {word}",
        f"{word} {artist}",
        f"The {plural}",
        another_letter(artist, chance),
    )
    return chance.choice("near artist", forms)


def near_title(title: str, chance: Chance) -> str:
    """Return a title that differs by a letter, a number or a word."""
    if number := _NUMBER.search(title):
        return title[: number.start()] + str(int(number.group()) + 1)
    word = chance.choice("title's word", _WORDS)
    forms = (f"{word} {title}", f"{title} {word}", another_letter(title, chance))
    return chance.choice("near title", forms)


def another_letter(name: str, chance: Chance) -> str:
    """Change one letter of a name: another name, as "Reduced" and "Seduced" are."""
    places = [n for n, c in enumerate(name) if c.isalpha()]
    if not places:
        return f"{name}s"
    place = chance.choice("place", places)
    letters = [c for c in _LETTERS if c != name[place].casefold()]
    return name[:place] + chance.choice("letter", letters) + name[place + 1 :]


def _covers(truth: Truth, _names: Names, chance: Chance) -> Iterator[Truth]:
    who = chance.choice("cover by", COVER_ARTISTS)
    band = chance.choice("karaoke by", KARAOKE_ARTISTS)
    famous = f"Karaoke Version Originally Performed By {truth.credit}"
    forms = (
        by_another(truth, who, None),
        by_another(truth, who, f"{truth.credit} Cover"),
        by_another(truth, band, "Karaoke Version"),
        by_another(truth, band, famous),
        by_another(truth, f"{truth.artists[0][0]} Tribute Band", None),
        by_another(truth, who, f"Tribute to {truth.credit}"),
        by_another(truth, who, f"Made Famous by {truth.credit}"),
    )
    yield chance.choice("cover", forms)


def _sequels(truth: Truth, _names: Names, chance: Chance) -> Iterator[Truth]:
    if chance.share("again") < 0.5:
        yield replace(truth, version=chance.choice("form", _AGAIN), remixers=())
    elif number := _NUMBER.search(truth.title):
        nth = int(number.group()) + 1
        yield replace(truth, title=f"{truth.title[: number.start()]}{nth}")
    else:
        form = chance.choice("sequel", _SEQUELS)
        yield replace(truth, title=form.format(truth.title))


def _sped_up(truth: Truth, _names: Names, chance: Chance) -> Iterator[Truth]:
    yield replace(truth, version=chance.choice("form", _SPED_UP), remixers=())


def _sides(truth: Truth, _names: Names, chance: Chance) -> Iterator[Truth]:
    yield replace(truth, title=f"{truth.title} ({chance.choice('side', ('B', 'B1'))})")


def _languages(truth: Truth, _names: Names, chance: Chance) -> Iterator[Truth]:
    yield replace(truth, version=chance.choice("form", _LANGUAGES), remixers=())


def _medleys(truth: Truth, names: Names, chance: Chance) -> Iterator[Truth]:
    yield replace(truth, title=f"{truth.title} / {chance.choice('and', names.titles)}")


_KINDS: dict[str, Callable[[Truth, Names, Chance], Iterator[Truth]]] = {
    "version": _versions,
    "namesake": _namesakes,
    "near name": _near_names,
    "cover": _covers,
    "sequel": _sequels,
    "sped up": _sped_up,
    "side": _sides,
    "language": _languages,
    "medley": _medleys,
}


def is_plain(version: str | None) -> bool:
    """Return whether a version is the recording without one."""
    return fold(version or "") in ("", *PLAIN_VERSIONS)
