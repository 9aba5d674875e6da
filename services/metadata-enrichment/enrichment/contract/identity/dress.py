"""
Remarks that say which copy it is, not which recording: its dress.

Identity and matching share this table. "Album Version", "Explicit", "2011 Remaster",
"prod. by X" and 'From "A Film"' are the same recording with and without the remark.
A mix, an edit and a live version are other recordings, and never dress.
"""

import re
from functools import lru_cache

from enrichment.contract.identity.spelling import folded

_WORDS = """
    original album lp main full single digital explicit clean dirty edited amended
    censored uncensored bonus track remaster remastered remasterd mastered mono stereo
    standard deluxe edition hq hd official audio unmixed soundtrack ost
"""
# Each says something of the copy at hand; alone or beside others it is dress.
DRESS_WORDS = frozenset(_WORDS.split())
# Say nothing beside a word of dress, and are no dress alone: "(Mix)", "(Version)".
BESIDE_DRESS = frozenset({"mix", "version", "the", "length", "new", "re"})
_DRESSED = DRESS_WORDS | BESIDE_DRESS
_YEAR = re.compile(r"(?:19|20)\d\d")
# "prod. by X", "Prod. X", "Produced by X": who made the recording, not which it is.
_PRODUCED = re.compile(r"prod(?:\.\s*|\s+|uced\s+)(?:by\s+)?\S.*", re.IGNORECASE)
# 'From "A Film"', "Taken from the album X", "From the Motion Picture X".
_FROM = re.compile(
    r"(?:taken |music |theme )?from\s+(?:the\s+(?:\w+\s+){0,2}"
    r"(?:album|e\.?p\.?|lp|film|movie|motion picture|soundtrack|series|game)\b.*"
    r"|[\"“”„«‘'].+)",
    re.IGNORECASE,
)


def is_origin(remark: str) -> bool:
    """Return whether a remark only tells who produced it or which film it is from."""
    return bool(_PRODUCED.fullmatch(remark) or _FROM.fullmatch(remark))


def is_year(remark: str) -> bool:
    """Return whether a remark is a year alone."""
    return _YEAR.fullmatch(remark) is not None


@lru_cache(maxsize=1024)
def is_dress(remark: str) -> bool:
    """
    Return whether the whole text of a bracket, or behind a dash, is dress.

    Args:
        remark: as printed, without its brackets.
    """
    words = folded(remark).split()
    left = [word for word in words if not (word.isdecimal() and _YEAR.fullmatch(word))]
    if BESIDE_DRESS.issuperset(left):
        # a year alone is dress; "2011 Mix" is a mix of that year
        return bool(words) and not left
    if _DRESSED.issuperset(left):
        return True
    return is_origin(remark)
