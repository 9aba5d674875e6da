"""
Which names are the same track: a normalised, versioned key and the id made of it.

The rules with their reasons, and how to change them: docs/track_identity.md.
"""

import re
import uuid
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1

from enrichment.contract.identity.credits import single_artists, without_featured
from enrichment.contract.identity.dress import is_dress
from enrichment.contract.identity.sounding import joined, reduced, without_endings
from enrichment.contract.identity.spelling import folded
from enrichment.contract.identity.titles import TrackName
from enrichment.contract.identity.versions import is_somebodys_edit

__all__ = [
    "IDENTITY_VERSION",
    "TrackKey",
    "folded",
    "is_track_id",
    "track_id_of",
    "track_key",
]

# Raised when the rules below change which names are equal; a migration goes with it.
IDENTITY_VERSION = 3
# Signs from here on are neither letters nor punctuation of a script: emoji, symbols.
_LAST_LETTER = 0x1F000
# Ours alone, so that no other program's UUIDs of the same text are equal to ours.
_NAMESPACE = uuid.UUID("6f1d1a52-6a0b-4b8e-9f57-2f1f6a1f6c11")

# A text of its own form only: the column gives ids back in it.
_TRACK_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Stand where a name is expected and name nothing. "ID ID", "TBA" and "Intro" are names
# of artists too: beside a real title they count.
_UNKNOWN = frozenset({"id", "ids", "unknown", "unidentified", "trackid", "track id"})
_UNKNOWN_ARTISTS = _UNKNOWN | {"unknown artist", "unknownartist", "artist unknown"}
_UNKNOWN_TITLES = _UNKNOWN | {
    *("id id", "tba", "unknown title", "unknown track", "title unknown"),
    *("unknowntitle", "unknowntrack", "titleunknown"),
}
# A title where somebody vouches for it: a label is printed, a provider knows it.
_UNKNOWN_VOUCHED_TITLES = _UNKNOWN_TITLES - {"unknown", "unidentified"}
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
# Count wherever they stand; the others are words as often ("I Exhale", "V").
_SURE_ROMAN = frozenset({"ii", "iii", "iv", "vi"})
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
# "Tune Of The Week: X", "#Tip: X": what a show says of the track, not who made it.
_REMARK = re.compile(r"(?:#[^\s:]+|[^\s:]+(?:\s[^\s:]+)+):\s+(?=\S)")
# "Mik&Ale", "AC/DC": parted wherever they stand, so that spacing does not matter;
# "Tyler The Creator" as "Tyler, The Creator", but not "Empire Of The Sun".
_JOINERS = frozenset("&+/,")
_INNER_JOINER = re.compile(
    r"[&+/]|,(?!\d)"
    # asked first because it is cheap
    r"|(?=\sthe\s)(?<!\sof)(?<!\sin)(?<!\son)(?<!\sto)(?<!\sat)(?<!\sfor)(?<!\sfrom)(?<!^the)"
    r"\sthe\s(?=\S)",
    re.IGNORECASE,
)
# "P!nk"
_SIGN_FOR_I = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_])")
# "Freek'n You", "Rock'n'Roll"
_GLUED_AND = re.compile(r"(?<=\w)['’]n(?:['’](?=\w)|(?=\s))", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
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
def track_key(name: TrackName, *, vouched: bool = False) -> TrackKey | None:
    """
    Return the identity of a name, or None when artist or title is unknown.

    Args:
        vouched: a label, or somebody else, says that "Unknown" is the title.
    """
    if _is_unnamed(name, vouched=vouched):
        return None
    artists = _artists(name.artist, name.featured)
    title = _title(name.title)
    version = _version(name.version) if name.version else ""
    if name.version and len(artists) > 1:
        # "A & B - T (A Remix)" is listed as "B - T (A Remix)" too
        named = _names_in(name.version, frozenset(artist[0] for artist in artists))
        artists = tuple(artist for artist in artists if artist not in named) or artists
    text = f"{'+'.join(artists)}|{reduced(title + version)}"
    return TrackKey(text, track_id_of(text))


def _is_unnamed(name: TrackName, *, vouched: bool) -> bool:
    """Return whether artist or title is unknown, as they are printed."""
    title = folded(name.title)
    unknown = _UNKNOWN_VOUCHED_TITLES if vouched else _UNKNOWN_TITLES
    if title in unknown or not title.strip("?.-…_ "):
        return True
    for artist in (*single_artists(name.artist), *name.featured):
        flat = folded(artist)
        if flat not in _UNKNOWN_ARTISTS and flat.strip("?.-…_ "):
            return False
    return True


def track_id_of(text: str, version: int = IDENTITY_VERSION) -> str:
    """Return the id that a key has under the rules of a version."""
    # as `uuid.uuid5` makes it, in half the time: name-based, version 5, variant 10x
    named = _NAMESPACE.bytes + f"{version}:{text}".encode()
    h = sha1(named, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(h[16], 16) & 3]
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"


def is_track_id(text: str) -> bool:
    """Return whether a message's id can be in a row; others are made by hand."""
    return _TRACK_ID.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _artists(credit: str, featured: tuple[str, ...]) -> tuple[str, ...]:
    """Return the artists in an order of their own, since lists print them in any."""
    main, more = without_featured(_without_remark(credit))
    acts = [main]
    flat = main.casefold()
    # asked first because it is cheap: most credits name neither
    if "pres" in flat or " aka" in flat or "a.k" in flat or "(a" in flat:
        acts = _NAMED_ACT.split(_ALIAS.sub(" ", main))
    names = (*single_artists(acts[-1]), *more, *featured)
    return tuple(sorted({part for name in names for part in _parts(name)} - {""}))


def _without_remark(credit: str) -> str:
    if ": " in credit and (remark := _REMARK.match(credit)):
        return credit[remark.end() :]
    return credit


@lru_cache(maxsize=1024)
def _parts(artist: str) -> tuple[str, ...]:
    # asked first because it is cheap: most names are of one artist
    if artist.isalnum():
        return (_artist(artist),)
    if artist.endswith(")"):
        artist = _NAMESAKE.sub("", artist)
    if _JOINERS.isdisjoint(artist) and " the " not in artist.casefold():
        return (_artist(artist),)
    return tuple(map(_artist, _INNER_JOINER.split(artist)))


def _artist(printed: str) -> str:
    words = folded(_spoken_signs(printed)).split()
    start = 0
    while start < len(words) - 1 and words[start] in _BEFORE_ARTISTS:
        start += 1
    if _BEFORE_ARTISTS.issuperset(words[start:]):
        # "The The", "DJ 🌴": nothing else tells who it is
        return joined([*words, *(sign for sign in printed if ord(sign) > _LAST_LETTER)])
    return reduced(joined(words[start:]))


def _spoken_signs(printed: str) -> str:
    """Read "P!nk" as it is spoken; take the comma out of "10,000"."""
    if "!" in printed:
        printed = _SIGN_FOR_I.sub("i", printed)
    return _THOUSANDS.sub("", printed) if "," in printed else printed


def _title(printed: str) -> str:
    printed = _spoken_signs(printed)
    if ")" in printed or "]" in printed:
        printed = _YEAR_GROUP.sub("", printed)
    if "n" in printed or "N" in printed:
        printed = _GLUED_AND.sub(" n ", printed)
    words = _words(folded(printed))
    if len(words) > 1 and words[0] in _ARTICLES:
        del words[0]
    words[1:-1] = [word for word in words[1:-1] if word not in _ARTICLES]
    return joined(without_endings(words))


@lru_cache(maxsize=1024)
def _version(printed: str) -> str:
    """Return what tells a version from the others: its maker and its kind."""
    told = [part for part in printed.split(", ") if not is_dress(part)]
    words = _words(folded(_POSSESSIVE.sub("", _spoken_signs(" ".join(told)))))
    if _MIX.issuperset(words):
        return joined(words)
    if not _REMASTER.isdisjoint(words):
        words = [word for word in words if not _YEAR.fullmatch(word)]
    if is_somebodys_edit(words):
        # lists print "Remix" as often for what a remixer calls his edit
        words = words[:-1]
    told = [word for word in words if word not in _UNTOLD]
    return joined(without_endings(told) if len(told) > 1 else told)


@lru_cache(maxsize=1024)
def _names_in(version: str, initials: frozenset[str]) -> frozenset[str]:
    """Return the runs of up to five words that an artist's name may be."""
    words = folded(_POSSESSIVE.sub("", version)).split()
    ends = range(1, 6)
    return frozenset(
        reduced(joined(words[start : start + length]))
        for start, word in enumerate(words)
        if word[0] in initials
        for length in ends
    )


def _words(flat: str) -> list[str]:
    for apart, together in _TWO_WORDS:
        if apart[1:-1] in flat:
            flat = f" {flat} ".replace(apart, together)
    words = flat.split()
    heard = [_SPELLINGS.get(word, word) for word in words if word not in _UNHEARD]
    for place in range(1, len(heard)):
        word = heard[place]
        if word in _ROMAN and (word in _SURE_ROMAN or heard[place - 1] in _COUNTED):
            heard[place] = _ROMAN[word]
    return heard or words
