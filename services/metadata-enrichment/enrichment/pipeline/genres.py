"""Genres: many people's tags made few names; aliases and words of genres are data."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from enrichment.contract.identity.spelling import folded
from enrichment.pipeline.genre_words import ENDINGS, GENRES, PERSONAL, STYLES

# A track has a few genres, not a cloud.
MOST = 5
# Of 100: tags of a tenth of the strongest one's weight are single people's jokes.
LEAST_WEIGHT = 10

# Spelling apart (`folded`); left what people write, right the one name we keep.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "drum n bass": "drum and bass",
        "drum bass": "drum and bass",
        "drum nbass": "drum and bass",
        "drumnbass": "drum and bass",
        "dnb": "drum and bass",
        "d n b": "drum and bass",
        "d b": "drum and bass",
        "jungle drum and bass": "jungle",
        "liquid funk": "liquid drum and bass",
        "liquid dnb": "liquid drum and bass",
        "liquid": "liquid drum and bass",
        "electronica": "electronic",
        "electronic music": "electronic",
        "elektronisch": "electronic",
        "electronique": "electronic",
        "edm": "electronic dance",
        "electronic dance music": "electronic dance",
        "dance music": "dance",
        "dance electronic": "electronic dance",
        "dance and electronic": "electronic dance",
        "techno music": "techno",
        "techhouse": "tech house",
        "tech house music": "tech house",
        "deephouse": "deep house",
        "proghouse": "progressive house",
        "prog house": "progressive house",
        "electrohouse": "electro house",
        "house music": "house",
        "ukg": "uk garage",
        "2 step": "uk garage",
        "2step": "uk garage",
        "uk 2 step": "uk garage",
        "psy trance": "psytrance",
        "psychedelic trance": "psytrance",
        "goa trance": "goa",
        "vocal trance music": "vocal trance",
        "uplifting": "uplifting trance",
        "minimal": "minimal techno",
        "dub step": "dubstep",
        "brostep dubstep": "brostep",
        "hip hop rap": "hip hop",
        "hiphop": "hip hop",
        "rap hip hop": "hip hop",
        "rap and hip hop": "hip hop",
        "hip hop and rap": "hip hop",
        "east coast rap": "east coast hip hop",
        "west coast rap": "west coast hip hop",
        "goth rock": "gothic rock",
        "rhythm and blues": "r&b",
        "rnb": "r&b",
        "r b": "r&b",
        "r n b": "r&b",
        "r b soul": "r&b",
        "r and b": "r&b",
        "rock n roll": "rock and roll",
        "rock roll": "rock and roll",
        "synth pop": "synthpop",
        "electro pop": "electropop",
        "trip hop music": "trip hop",
        "triphop": "trip hop",
        "downbeat": "downtempo",
        "chill out": "chillout",
        "chill": "chillout",
        "intelligent dance music": "idm",
        "breaks": "breakbeat",
        "break beat": "breakbeat",
        "breakbeats": "breakbeat",
        "hard core": "hardcore",
        "nu disco": "nu-disco",
        "nudisco": "nu-disco",
        "singer songwriter": "singer-songwriter",
        "lo fi": "lo-fi",
        "lofi": "lo-fi",
    }
)

# A genre of more words is a sentence.
_MOST_WORDS = 5
# An ending alone is no word: "core", "wave".
_LONGEST_ENDING = 6
_LEFT_OUT = frozenset({"the", "and", "n", "dj"})
# "house music" is house.
_MUSIC = " music"
# Too wide to say anything alone: "progressive" of which genre?
_ONLY_BESIDE = "progressive"
_SAYS_WHICH = ("house", "trance", "breakbeat", "rock", "metal", "techno")


def normalised(
    genres: Iterable[tuple[str, int]], credited: Iterable[str] = ()
) -> list[str]:
    """
    Return a track's genres, the strongest first.

    Args:
        genres: names as people wrote them, each with a weight of 0..100.
        credited: names of the artists and the label, which are no genres.
    """
    names = {letters for name in credited if (letters := _letters(name))}
    weights: dict[str, int] = {}
    for written, weight in genres:
        if weight < LEAST_WEIGHT or _letters(written) in names:
            continue
        for name in _names_of(written):
            weights[name] = max(weight, weights.get(name, 0))
    ranked = sorted(weights, key=lambda name: (-weights[name], name))
    return _told(ranked)[:MOST]


def _told(ranked: list[str]) -> list[str]:
    """Return the genre that "progressive" means, by the strongest other, or None."""
    if _ONLY_BESIDE not in ranked:
        return ranked
    others = [name for name in ranked if name != _ONLY_BESIDE]
    which = next((word for name in others for word in _families(name)), None)
    if which is None:
        return others
    place, whole = ranked.index(_ONLY_BESIDE), f"{_ONLY_BESIDE} {which}"
    return list(dict.fromkeys([*ranked[:place], whole, *ranked[place + 1 :]]))


def _families(genre: str) -> list[str]:
    return [word for word in genre.split() if word in _SAYS_WHICH]


def _names_of(written: str) -> list[str]:
    """Return the genres of a tag: "Rock/Goth Rock" is two, "Hip-Hop/Rap" is one."""
    if "/" not in written or folded(written) in ALIASES:
        parts = [written]
    else:
        parts = written.split("/")
    return [name for part in parts if (name := name_of(part))]


@lru_cache(maxsize=1024)
def name_of(written: str) -> str | None:
    """Return the one name of a genre; None when it is none."""
    flat = folded(written)
    found = ALIASES.get(flat) or ALIASES.get(flat.removesuffix(_MUSIC))
    if found:
        return found
    flat = flat.removesuffix(_MUSIC)
    return flat if _is_genre(flat) else None


def _is_genre(flat: str) -> bool:
    """
    Return whether a name ends with a word of genres and holds no personal one.

    Opinions, occasions, labels, cities, years and names end with other words.
    """
    words = flat.split()
    if not words or len(words) > _MOST_WORDS or not PERSONAL.isdisjoint(words):
        return False
    if any(char.isdigit() for char in flat):
        return False
    last = words[-1]
    return (
        flat in GENRES
        or last in STYLES
        or (len(last) > _LONGEST_ENDING and last.endswith(ENDINGS))
    )


@lru_cache(maxsize=1024)
def _letters(name: str) -> str:
    """Return the letters of a name as anybody might tag it: "AC/DC", "guns n roses"."""
    words = folded(name).split()
    return "".join(word for word in words if word not in _LEFT_OUT) or "".join(words)
