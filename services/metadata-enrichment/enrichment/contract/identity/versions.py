"""What names a version ("Chris Lake Extended Remix") and who made it."""

import re
from collections.abc import Sequence
from functools import lru_cache

from enrichment.contract.identity.credits import single_artists
from enrichment.contract.identity.spelling import folded

# Made by somebody: the words before name who.
_MADE_BY_SOMEBODY = """
    remix rmx remixx edit reedit bootleg rework reworked refix flip vip remake reboot
    mashup retouch reconstruction reinterpretation reshape rerub repaint remodel
    revision respray rewire redux retwerk revisit reruff relift redub replant rebuild
    retake retrack rerub remode reduction rmix mixup blend treatment interpretation
    bootie rebump relick rejam rewerk rethink recut rebeat reprise
"""
# May stand for itself ("Odyssey Mix"): the words before name nobody for sure.
_MADE_OF_A_KIND = """
    mix mixx dub version instrumental acapella acappella cappella pella remaster
    remastered cut tool extended vocal vox drumapella accapella
    unplugged acoustic demo overdub variation
"""
_BY_SOMEBODY = frozenset(_MADE_BY_SOMEBODY.split())
_VERSION_WORDS = _BY_SOMEBODY | frozenset(_MADE_OF_A_KIND.split())
# Whole bracket is a version, though the word in a longer one would not be.
_ALONE = frozenset({"live", "original", "club", "intro", "outro", "clean", "explicit"})
_LIVE = re.compile(r"live (?:at|in|from|on|session|version|edit|mix|\d{4})\b")
# The same recording played faster or slower: one to itself.
_OTHER_SPEED = re.compile(
    r"(?:sped|speed) up|nightcore|(?:super )?slowed(?: down)?(?: and)?(?: reverb)?"
)
# Say of what kind a version is, not by whom.
_KIND_WORDS = """
    club radio original extended short full long main vocal dub instrumental album
    single 12 7 inch re festival intro outro dj live vip official special alternate
    alternative unreleased digital vinyl video clean dirty explicit mono stereo tv
    new old
"""
_KINDS = _VERSION_WORDS | frozenset(_KIND_WORDS.split())
# Longer brackets are remarks.
_MOST_CHARACTERS = 120
_YEAR = re.compile(r"(?:19|20)\d\d|'\d\d")
_POSSESSIVE = re.compile(r"^(.+?)(?:['’]s|(?<=s)['’])\s", re.IGNORECASE)
_RE_APART = re.compile(r"\bre\s*-\s*", re.IGNORECASE)
_MASH_UP = re.compile(r"\bmash\s*-?\s*up\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s/]+")
# "Remix 2", "Mix Pt. 2", "Remix II" are other versions by the same person.
_COUNT = re.compile(
    r"[\s#]+(?:pt\.?|part|v|no\.?|vol\.?|take)?\s*(?:\d{1,2}|[ivx]{1,4}|[a-d]\d?)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def is_version(text: str, *, last: bool = False) -> bool:
    """
    Return whether the text of a bracket names a version.

    Args:
        last: the word that says so must be the last ("Remix Records" is a label).
    """
    flat = (
        folded(_COUNT.sub("", text) if last else text)
        .replace("re edit", "reedit")
        .replace("mash up", "mashup")
    )
    words = flat.split()
    if not words:
        return False
    if flat in _ALONE or _LIVE.match(flat) or _OTHER_SPEED.fullmatch(flat):
        return True
    return not _VERSION_WORDS.isdisjoint(words[-1:] if last else words)


def is_somebodys_edit(words: Sequence[str]) -> bool:
    """
    Return whether folded words of a version name an edit and its maker alone.

    "Len Faki Edit" is one; "Radio Edit", "2015 Edit" and "Len Faki Dub Edit" are none.
    """
    *maker, last = words
    return (
        last == "edit"
        and _KINDS.isdisjoint(maker)
        and any(not word.isdigit() for word in maker)
    )


@lru_cache(maxsize=1024)
def remixers_of(version: str) -> tuple[str, ...]:
    """Return who made a version, as far as its name says so."""
    text = _MASH_UP.sub("mashup", _RE_APART.sub("re", version))
    text = _COUNT.sub("", text)
    words = list(_WORD.finditer(text))
    flat = [folded(word[0]) for word in words]
    ends = [n for n, word in enumerate(flat) if word in _VERSION_WORDS]
    if not ends:
        return ()
    end = ends[-1]
    by_somebody = any(flat[n] in _BY_SOMEBODY for n in ends)
    if owner := _POSSESSIVE.match(text[: words[end].start()]):
        return single_artists(owner[1])
    if not by_somebody:
        return ()
    while end and (flat[end - 1] in _KINDS or _YEAR.fullmatch(flat[end - 1])):
        end -= 1
    start = 0
    while start < end and (_YEAR.fullmatch(flat[start])):
        start += 1
    named = text[words[start].start() : words[end].start()].strip(" -/")
    if not named or folded(named) in {"the", "a"}:
        return ()
    return single_artists(named)
