"""
Which names are the same track: a normalised, versioned key and the id made of it.

The rules with their reasons, and how to change them: docs/track_identity.md.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1

from enrichment.contract.credits import single_artists, without_featured
from enrichment.contract.spelling import folded
from enrichment.contract.titles import TrackName

__all__ = [
    "IDENTITY_VERSION",
    "TrackKey",
    "folded",
    "is_track_id",
    "track_id_of",
    "track_key",
]

# Raised when the rules below change which names are equal; a migration goes with it.
IDENTITY_VERSION = 1
# Ours alone, so that no other program's UUIDs of the same text are equal to ours.
_NAMESPACE = uuid.UUID("6f1d1a52-6a0b-4b8e-9f57-2f1f6a1f6c11")

# A text of its own form only: the column gives ids back in it.
_TRACK_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Stand where a name is expected and name nothing.
_UNKNOWN = frozenset({"id", "ids", "idid", "unknown", "unidentified", "tba", "trackid"})
_UNKNOWN_ARTISTS = _UNKNOWN | {"unknownartist", "artistunknown", "intro", "outro"}
_UNKNOWN_TITLES = _UNKNOWN | {"unknowntitle", "unknowntrack", "titleunknown"}
# Written or left out, and heard as the same name.
_UNHEARD = frozenset({"and", "n", "the", "vs", "versus", "feat", "ft", "featuring"})
_BEFORE_ARTISTS = frozenset({"the", "dj"})
_ARTICLES = frozenset({"a", "an"})
# Who remixed, reworked or retouched made one such version, called by any of these.
_REMIX_WORDS = """
    rmx remixx remixed rework reworked retouch refix reshape remake reinterpretation
    interpretation reconstruction repaint remodel revision rerub redux
"""
_SPELLINGS = dict.fromkeys(_REMIX_WORDS.split(), "remix") | {
    "pt": "part",
    "volume": "vol",
    "mixx": "mix",
    "acappella": "acapella",
    "accapella": "acapella",
    "reedit": "edit",
}
_MIX = frozenset({"mix", "remix", "version"})
_REMASTER = frozenset({"remaster", "remastered"})
_SAME_AS_NONE = _REMASTER | {"original"}
# Do not tell one version from another: "DJ Tiesto Remix", "Tiesto Mix".
_UNTOLD = _MIX | _SAME_AS_NONE | {"dj"}
_COUNTED = frozenset({"part", "vol", "chapter", "act"})
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_GROUP = re.compile(r"\s*[(\[](?:19|20)\d\d[)\]]$")
_TWO_WORDS = (
    (" re edit ", " edit "),
    (" mash up ", " mashup "),
    (" a capella ", " acapella "),
)
# "Ferry Corsten pres. Gouryella" is Gouryella elsewhere; "Taksi aka X" is Taksi.
_NAMED_ACT = re.compile(r"\s(?:pres\.?|presents?|presenting)\s", re.IGNORECASE)
_ALIAS = re.compile(r"\s\(?(?:aka|a\.k\.a\.?)\s[^,&+/]*", re.IGNORECASE)
# "Mik&Ale", "AC/DC": parted wherever they stand, so that spacing does not matter.
_INNER_JOINER = re.compile(r"[&+/,]")
# "Mira's Night Mix" is by Mira.
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b|(?<=s)['’](?=\s)")
# Tells artists of one name apart at shops: "Dave (UK)", "Fisher (2)".
_NAMESAKE = re.compile(r"\s*\((?:[A-Z]{2,3}|\d{1,2})\)$")


@dataclass(frozen=True, slots=True)
class TrackKey:
    """
    The identity of a track.

    Args:
        text: normalised and readable ("deadmau5|strobechrislake"); equal texts are
            one track.
        track_id: UUID (text form) made of `text` and `IDENTITY_VERSION`.
    """

    text: str
    track_id: str


@lru_cache(maxsize=1024)
def track_key(name: TrackName) -> TrackKey | None:
    """Give the identity of a name, or None when artist or title is unknown."""
    artists = _artists(name.artist, name.featured)
    title = _title(name.title)
    if _is_unknown(title, _UNKNOWN_TITLES) or all(
        _is_unknown(artist, _UNKNOWN_ARTISTS) for artist in artists
    ):
        return None
    if name.version:
        # "A & B - T (A Remix)" is listed as "B - T (A Remix)" too
        named = _names_in(name.version)
        artists = tuple(artist for artist in artists if artist not in named) or artists
        title += _version(name.version)
    text = f"{'+'.join(artists)}|{title}"
    return TrackKey(text, track_id_of(text))


def track_id_of(text: str, version: int = IDENTITY_VERSION) -> str:
    """Give the id that a key has under the rules of a version."""
    # as `uuid.uuid5` makes it, in half the time: name-based, version 5, variant 10x
    named = _NAMESPACE.bytes + f"{version}:{text}".encode()
    h = sha1(named, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(h[16], 16) & 3]
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"


def is_track_id(text: str) -> bool:
    """Tell whether a message's id can stand in a row; others are made by hand."""
    return _TRACK_ID.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _artists(credit: str, featured: tuple[str, ...]) -> tuple[str, ...]:
    """Give the artists in an order of their own, since lists print them in any."""
    main, more = without_featured(credit)
    acts = _NAMED_ACT.split(_ALIAS.sub(" ", main))
    names = (*single_artists(acts[-1]), *more, *featured)
    return tuple(sorted({part for name in names for part in _parts(name)} - {""}))


@lru_cache(maxsize=1024)
def _parts(artist: str) -> tuple[str, ...]:
    return tuple(
        _artist(text) for text in _INNER_JOINER.split(_NAMESAKE.sub("", artist))
    )


def _artist(printed: str) -> str:
    words = folded(printed).split()
    while len(words) > 1 and words[0] in _BEFORE_ARTISTS:
        del words[0]
    return _joined(word for word in words if word != "and")


def _title(printed: str) -> str:
    words = _words(folded(_YEAR_GROUP.sub("", printed)))
    if len(words) > 1 and words[0] in _ARTICLES:
        del words[0]
    # a version printed without brackets: two words of title and maker at the least
    if len(words) > 2 and words[-1] == "remix":
        del words[-1]
    return _joined(words)


@lru_cache(maxsize=1024)
def _version(printed: str) -> str:
    """Give what tells a version from the others: its maker and its kind."""
    words = _words(folded(printed))
    if _MIX.issuperset(words):
        return _joined(words)
    if not _REMASTER.isdisjoint(words):
        words = [word for word in words if not _YEAR.fullmatch(word)]
    return _joined(word for word in words if word not in _UNTOLD)


@lru_cache(maxsize=1024)
def _names_in(version: str) -> frozenset[str]:
    """Give all runs of up to five words: an artist's name may be any of them."""
    words = folded(_POSSESSIVE.sub("", version)).split()
    ends = range(1, 6)
    return frozenset(
        _joined(words[start : start + length])
        for start in range(len(words))
        for length in ends
    )


def _words(flat: str) -> list[str]:
    for apart, together in _TWO_WORDS:
        if apart[1:-1] in flat:
            flat = f" {flat} ".replace(apart, together)
    words = flat.split()
    heard = [_SPELLINGS.get(word, word) for word in words if word not in _UNHEARD]
    for place in range(1, len(heard)):
        if heard[place] in _ROMAN and heard[place - 1] in _COUNTED:
            heard[place] = _ROMAN[heard[place]]
    return heard or words


def _joined(words: Iterable[str]) -> str:
    """Join words, since "Power Drive" is printed "Powerdrive" too; not two numbers."""
    text = ""
    for word in words:
        text += f" {word}" if text[-1:].isdigit() and word[:1].isdigit() else word
    return text


def _is_unknown(flat: str, unknown: frozenset[str]) -> bool:
    return flat in unknown or not flat.strip("?.-…_ ")
