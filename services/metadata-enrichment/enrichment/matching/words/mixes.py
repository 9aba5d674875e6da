"""Mix names made comparable: of what kind, by whom or called what, which number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from anyascii import anyascii
from rapidfuzz.fuzz import ratio

from enrichment.contract.identity.dress import DRESS_WORDS
from enrichment.contract.identity.identity import folded
from enrichment.matching.weights import LIKE_VERSION

# "Single Edit" is none of the album's, "Single Version" alone is.
_DRESS = DRESS_WORDS - {"single"}
# Say nothing by themselves.
_PLAIN_WORDS = "mix version length the a an of by from for cut and vs versus n x"
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
        "alt": "alternate",
        "alternative": "alternate",
        "alternate": "alternate",
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
_YEAR_WITH_K = re.compile(r"\b2k(\d{1,2})\b")
# "Rødhåd's Extended Mix" is by Rødhåd.
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b|(?<=s)['’](?=\s)", re.IGNORECASE)
# May be between a remixer's name and "Mix" where others print "Remix".
_NICKNAMED = frozenset({"remix", "rework", "club", "vocal"})
_LEAST_NAME = 4
_FIGURES = re.compile(r"\d+")
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
        owner: letters of whose mix it says to be ("Armand's Star Trunk Mix").
    """

    text: str = ""
    kinds: frozenset[str] = frozenset()
    called: str = ""
    numbers: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    dressed: bool = False
    owner: str = ""

    @property
    def is_original(self) -> bool:
        """The recording as it was first made, whatever its dress."""
        return not (self.kinds or self.called or self.numbers)


@lru_cache(1024)
def mix_of(version: str, *, is_dressed: bool = False) -> Mix:
    """Take a mix name apart."""
    if not version:
        return Mix(dressed=is_dressed)
    owner, flat = _owner(version), _flat(_POSSESSIVE.sub("", version))
    words = flat.split()
    kinds = {_KINDS[word] for word in words if word in _KINDS}
    dressed = is_dressed or not _DRESS.isdisjoint(words)
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
    return Mix(
        flat, frozenset(kinds), called, tuple(numbers), tuple(years), dressed, owner
    )


def _owner(version: str) -> str:
    """Return whose a mix says to be, as letters."""
    owned = _POSSESSIVE.search(version)
    return _flat(version[: owned.start()]).replace(" ", "") if owned else ""


def _flat(version: str) -> str:
    flat = folded(version)
    if not flat.isascii():
        flat = folded(anyascii(flat)) or flat
    if "2k" in flat:
        flat = _YEAR_WITH_K.sub(lambda found: f"20{found[1]:0>2}", flat)
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
        return None if wanted.dressed == got.dressed else "mastering"
    if wanted.is_original and got.is_original:
        return "mastering"
    if wanted.is_original or got.is_original:
        return "version"
    if _differ_in_number(wanted, got):
        return "version"
    if not _same_name(wanted.called, got.called):
        return "nickname" if _is_nicknamed(wanted, got) else "version"
    return _compare_kinds(wanted, got)


def _differ_in_number(wanted: Mix, got: Mix) -> bool:
    return wanted.numbers != got.numbers or bool(
        wanted.years and got.years and wanted.years != got.years
    )


def _same_name(ours: str, theirs: str) -> bool:
    """Return whether two mixes are called alike; one figure more is another mix."""
    if ours == theirs:
        return True
    if not (ours and theirs) or _FIGURES.findall(ours) != _FIGURES.findall(theirs):
        return False
    return ratio(ours, theirs) >= 100 * LIKE_VERSION


def _is_nicknamed(wanted: Mix, got: Mix) -> bool:
    """
    Return whether a remixer's only remix may be meant by its longer name.

    "Armand Van Helden Remix" is "Armand's Star Trunk Funkin' Mix". A list says "Remix"
    for it, never "Extended Mix" or "Dub".
    """
    if wanted.kinds != {"remix"} or not got.kinds <= _NICKNAMED:
        return False
    if len(wanted.called) >= _LEAST_NAME and got.called.startswith(wanted.called):
        return True
    return len(got.owner) >= _LEAST_NAME and wanted.called.startswith(got.owner)


def _compare_kinds(wanted: Mix, got: Mix) -> str | None:
    if wanted.kinds == got.kinds:
        alike = wanted.years == got.years and wanted.called == got.called
        return None if alike else "version spelling"
    if not wanted.called:
        return "version"
    if wanted.kinds - _REMADE == got.kinds - _REMADE:
        return "version spelling"
    if _is_nicknamed(wanted, got):
        return "nickname"
    return "version kind"
