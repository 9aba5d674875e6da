"""Mix names made comparable: of what kind, by whom or called what, which number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from anyascii import anyascii
from rapidfuzz.fuzz import ratio

from enrichment.contract.identity import folded
from enrichment.matching.weights import LIKE_VERSION

# Words that say nothing of which recording it is: the same in another dress.
_DRESS_WORDS = """
    original album lp main full explicit clean dirty edited amended censored uncensored
    bonus track remaster remastered remasterd mastered digital mono stereo standard
    deluxe edition hq hd official audio unmixed
"""
_DRESS = frozenset(_DRESS_WORDS.split())
# Say nothing by themselves.
_PLAIN_WORDS = "mix version the a an of by from for cut and vs versus n x"
_PLAIN = frozenset(_PLAIN_WORDS.split())
# Say, as "remix" does, that somebody made it anew: lists write one for another.
_REMADE_WORDS = """
    rework reworked remake refix reboot reshape rerub repaint remodel revision respray
    rewire redux retwerk revisit relift replant rebuild retake rethink recut retouch
    reconstruction reinterpretation interpretation treatment flip
"""
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_REMADE_WORDS.split(), "rework"),
        # made anew by somebody
        "remix": "remix",
        "rmx": "remix",
        "remixx": "remix",
        "mixx": "remix",
        "edit": "edit",
        "reedit": "edit",
        "bootleg": "bootleg",
        "vip": "vip",
        "dub": "dub",
        "extended": "extended",
        "long": "extended",
        "radio": "radio",
        "short": "radio",
        "club": "club",
        "instrumental": "instrumental",
        "inst": "instrumental",
        "acapella": "acapella",
        "acappella": "acapella",
        "cappella": "acapella",
        "pella": "acapella",
        "vocal": "vocal",
        "live": "live",
        "acoustic": "acoustic",
        "unplugged": "acoustic",
        "demo": "demo",
        "karaoke": "karaoke",
        "cover": "cover",
        "tribute": "cover",
        "video": "video",
        "single": "single",
        "intro": "intro",
        "outro": "outro",
        "mashup": "mashup",
    }
)
_SAID = _DRESS.union(_PLAIN, _KINDS)
_REMADE = frozenset({"remix", "rework"})
_SUBSUMED: Mapping[str, str] = MappingProxyType(
    # "Radio Edit" is "Radio Mix", "Club Edit" is not
    {"radio": "edit", "karaoke": "instrumental"}
)
_PARTED: Mapping[str, str] = MappingProxyType(
    {
        "re edit": "reedit",
        "mash up": "mashup",
        "a cappella": "acapella",
        "a capella": "acapella",
    }
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# "Remix 2", "Remix 12": longer numbers are names.
_MOST_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Mix:
    """
    A mix name taken apart; empty for the original.

    Args:
        kinds: "remix", "edit", "extended", …; a plain "mix" has none.
        called: letters of what is left: who made it, or its own name.
        numbers: "Remix 2".
        dressed: says remaster, album version, explicit and the like.
    """

    text: str = ""
    kinds: frozenset[str] = frozenset()
    called: str = ""
    numbers: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    dressed: bool = False

    @property
    def is_original(self) -> bool:
        """The recording as it was first made, whatever its dress."""
        return not (self.kinds or self.called or self.numbers)


@lru_cache(1024)
def mix_of(version: str) -> Mix:
    """Take a mix name apart."""
    if not version:
        return Mix()
    flat = _flat(version)
    words = flat.split()
    kinds = {_KINDS[word] for word in words if word in _KINDS}
    dressed = not _DRESS.isdisjoint(words)
    figures = [word for word in words if word.isdecimal()]
    years = [word for word in figures if _YEAR.fullmatch(word)]
    numbers = [word for word in figures if len(word) <= _MOST_DIGITS]
    names = [
        word
        for word in words
        if not (word in _SAID or word in years or word in numbers)
    ]
    # "DJ Wren Remix" is "Wren Remix", "DJ Mix" is a mix for DJs
    called = "".join(name for name in names if name != "dj") or "".join(names)
    for strong, weak in _SUBSUMED.items():
        if strong in kinds:
            kinds.discard(weak)
    if kinds == {"single"} and not called:
        kinds, dressed = set(), True
    if not kinds and not called and not dressed:
        # "2012 Mix": the year is its name
        called, years = "".join(years), []
    return Mix(flat, frozenset(kinds), called, tuple(numbers), tuple(years), dressed)


def _flat(version: str) -> str:
    flat = folded(version)
    if not flat.isascii():
        flat = folded(anyascii(flat)) or flat
    for parted, whole in _PARTED.items():
        flat = flat.replace(parted, whole)
    return flat


@lru_cache(1024)
def compare_mixes(wanted: Mix, got: Mix) -> str | None:
    """
    Name the penalty for two mix names, or None when they are the same.

    A plain name is the original: it takes "Original Mix", "Album Version" and
    "2011 Remaster", and no other mix.
    """
    if wanted.text == got.text:
        return None
    if wanted.is_original and got.is_original:
        return "mastering"
    if wanted.is_original or got.is_original:
        return "version"
    if wanted.called != got.called and (
        not (wanted.called and got.called)
        or ratio(wanted.called, got.called) < 100 * LIKE_VERSION
    ):
        return "version"
    if wanted.numbers != got.numbers or (
        wanted.years and got.years and wanted.years != got.years
    ):
        return "version"
    return _compare_kinds(wanted, got)


def _compare_kinds(wanted: Mix, got: Mix) -> str | None:
    if wanted.kinds == got.kinds:
        return "version spelling" if wanted.years != got.years else None
    if not wanted.called:
        return "version"
    if wanted.kinds - _REMADE == got.kinds - _REMADE:
        return "version spelling"
    return "version kind"
