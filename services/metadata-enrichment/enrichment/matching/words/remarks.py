"""What a remark of a title says: a version, a dress, a subtitle, or nobody knows."""

import re
from enum import StrEnum
from functools import lru_cache

from enrichment.contract.identity.dress import is_dress
from enrichment.contract.identity.spelling import folded
from enrichment.contract.identity.versions import is_version


class Remark(StrEnum):
    """What a remark in a bracket, behind a dash or before a title says."""

    # which recording it is, though the grammar of tracklists may not know the word
    VERSION = "version"
    # which copy it is: never which recording
    DRESS = "dress"
    # the code of a radio show in which a cut was played
    SHOW = "show"
    # one letter or number, which tells two pieces of one name apart
    SIGN = "sign"
    # a further part of the title
    SUBTITLE = "subtitle"
    # may be any of these, or a remixer's name
    UNKNOWN = "unknown"


# Say so wherever they are in a remark.
_VERSION_ANYWHERE = re.compile(
    r"(?:mix\d*|rmx\d*|edit|dub|bootleg|vip|mixed)\b"
    r"|\b(?:live|unplugged|acoustic|demo|sessions?|rehearsal|cover|karaoke|tribute"
    r"|backing track|style of|made famous|originally performed|nightcore|slowed"
    r"|sped up|speed up|8d|reverb|a cappella|instrumental|re-?record(?:ed|ing)"
    r"|en vivo|ao vivo|al vivo|dal vivo|en directo|en public|medley|mash-?up|lullaby"
    r"|snippet|excerpt|interview|commentary|spoken word|skit|crossfade\w*|fade[sd]?|rip"
    r"|re-?do|chip ?tune|(?:8|16)[- ]?bit|out-?take|\d+ hours?|hour loop"
    r"|bass boosted)\b",
    re.IGNORECASE,
)
# Say so in a remark of a few words: a longer one may be a subtitle.
_VERSION_WORDS = """
    alt alternate alternative piano guitar violin cello strings string orchestra
    orchestral symphonic choir stripped naked inst ver reprise interlude pitch pitched
    take loop vivo directo concert solo duet remake medley clubbed demo
    english deutsch german french francais spanish espanol italian italiano
    portuguese portugues brazilian japanese korean chinese mandarin cantonese russian
    dutch hindi arabic greek turkish swedish norwegian danish finnish polish czech
    hebrew hungarian spanglish
"""
_VERSION_IN_FEW = frozenset(_VERSION_WORDS.split())
_FEW_WORDS = 3
# "Official HD Video", "Lyrics", "Visualizer": where it was to be seen.
_SEEN_WORDS = """
    official music lyric lyrics video videoclip clip audio hd hq 4k uhd visualizer
    visualiser with
"""
_SEEN = frozenset(_SEEN_WORDS.split())
# "prod. & feat. X", 'From "X"/Score': as the shared table has it, with more behind.
_PRODUCED = re.compile(r"prod(?:uced)?\b", re.IGNORECASE)
_SHOW = re.compile(r"(?:[A-Z]{3,6}|FSOE|Episode|Ep\.?)[ #]?\d{2,4}")
_REMARKS = re.compile(r"(?<=[(\[])[^()\[\]]+(?=[)\]])|(?<=\s-\s)[^()\[\]-]+$")
_SIGN = re.compile(r"[a-z]\d?|\d{1,3}|[ivx]{1,4}")
_LABEL_LEFT_OPEN = re.compile(r"[^\[\]]+\]")
# Stand in sentences, hardly in names of people.
_SAYING_WORDS = """
    i im me my mine you your youre u we us our he she it its they them this that
    is are am was were be do does dont cant can will wont would let lets gonna wanna
    got get come what when where why how if not never so mi tu te que je ich du nicht
    anthem theme
"""
_SAYING = frozenset(_SAYING_WORDS.split())
_BEGINS_SAYING = frozenset({"in", "on", "for", "to", "at", "with", "like", "and"})
_JOINS_PEOPLE = re.compile(r"&|\+|\bvs\b|\bx\b|,", re.IGNORECASE)


@lru_cache(1024)
def remark_of(text: str) -> Remark:
    """Return what a remark says, printed without its brackets."""
    flat = folded(text)
    words = flat.split()
    if is_dress(text) or _SEEN.issuperset(words) or _PRODUCED.match(text):
        return Remark.DRESS
    if is_version(text) or names_version(text):
        return Remark.VERSION
    if _LABEL_LEFT_OPEN.fullmatch(text):
        return Remark.DRESS
    if _SHOW.fullmatch(text.strip()):
        return Remark.SHOW
    if _SIGN.fullmatch(flat):
        return Remark.SIGN
    return Remark.SUBTITLE if _is_saying(text, words) else Remark.UNKNOWN


def is_translation(remark: str) -> bool:
    """Return whether a remark may be the title in another script: "Style (스타일)"."""
    return not remark.isascii() and not any(
        "a" <= letter <= "z" for letter in remark.lower()
    )


def dresses_of(title: str) -> int:
    """Count the remarks of a title that say which copy it is: each is a dress."""
    if "(" not in title and "[" not in title and "-" not in title:
        return 0
    return sum(remark_of(said) is Remark.DRESS for said in _REMARKS.findall(title))


@lru_cache(1024)
def names_version(text: str) -> bool:
    """Return whether a remark names a version by words that tracklists do not use."""
    if _VERSION_ANYWHERE.search(text):
        return True
    words = folded(text).split()
    return len(words) <= _FEW_WORDS and not _VERSION_IN_FEW.isdisjoint(words)


def _is_saying(text: str, words: list[str]) -> bool:
    if _JOINS_PEOPLE.search(text) or len(words) < 2:
        return False
    return not _SAYING.isdisjoint(words) or words[0] in _BEGINS_SAYING
