"""Names as they are heard: spellings that lists use for one another."""

import re
from collections.abc import Iterable
from operator import itemgetter

# Shorter names differ by one letter too often: "Joe" and "Jo".
_LONG_ENOUGH = 5
# "Koelsch" for "Kölsch", which is "kolsch" when folded.
_UMLAUT = re.compile(r"([oau])e(?=[a-z])")
# "Scarlett", "Scarlet"; two letters are before, so that "XX" stays, and "Aaa".
_DOUBLED = re.compile(r"(?<=[a-z]{2})([a-z])\1(?!\1)")
# A function takes half the time of a template.
_FIRST_GROUP = itemgetter(1)
# "Chris", "Focus", "Bass" are no plurals.
_NO_PLURALS = ("is", "us", "ss")
# Shorter ones are words, "has" and "was"; "C2s" is a plural again.
_SHORTEST_PLURAL = 4


def reduced(text: str) -> str:
    """
    Return joined letters without what spellings of one name differ in.

    Umlauts written as two letters, doubled letters, "rollin" for "rolling".
    """
    if len(text) < _LONG_ENOUGH:
        return text
    if "e" in text:
        text = _UMLAUT.sub(_FIRST_GROUP, text)
    return _DOUBLED.sub(_FIRST_GROUP, text.replace("ing", "in"))


def without_endings(words: list[str]) -> list[str]:
    """
    Return words without the s of a plural or an owner, and "gangsta" for "gangster".

    A title of one word keeps its s: "Feeling" and "Feelings" may be two songs.
    """
    if len(words) > 1:
        words = [word[:-1] if _is_plural(word) else word for word in words]
    last = words[-1] if words else ""
    if last.endswith("er") and len(last) >= _LONG_ENOUGH:
        words = [*words[:-1], f"{last[:-2]}a"]
    return words


def _is_plural(word: str) -> bool:
    if not word.endswith("s") or word.endswith(_NO_PLURALS):
        return False
    return len(word) >= _SHORTEST_PLURAL or word[-2:-1].isdigit()


def joined(words: Iterable[str]) -> str:
    """Join words, since "Power Drive" is printed "Powerdrive" too; not two numbers."""
    text = ""
    for word in words:
        text += f" {word}" if text[-1:].isdigit() and word[:1].isdigit() else word
    return text
