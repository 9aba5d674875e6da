"""Genres: many people's tags made few names; aliases and what is no genre are data."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from enrichment.contract.spelling import folded

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
        "progressive": "progressive house",
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

# What people tag that is no genre: opinions, occasions, media, places, moods.
IGNORED = frozenset(
    {
        *("seen live", "live", "favorites", "favourites", "favorite", "favourite"),
        *("favorite songs", "favourite songs", "favorite tracks", "my favorite"),
        *("love", "loved", "love it", "love at first listen", "best", "the best"),
        *("awesome", "amazing", "cool", "beautiful", "epic", "nice", "good", "great"),
        *("masterpiece", "perfect", "sexy", "catchy", "fun", "happy", "sad", "party"),
        *("albums i own", "owned", "to buy", "my music", "spotify", "lastfm", "vinyl"),
        *("check out", "playlist", "radio", "beatport", "soundcloud", "youtube"),
        *("music", "song", "songs", "track", "tracks", "single", "album", "remix"),
        *("remixes", "mix", "club", "other", "unknown", "misc", "various", "all"),
        *("male vocalists", "female vocalists", "male vocalist", "female vocalist"),
        *("female vocals", "male vocals", "vocal", "vocals", "instrumental", "cover"),
        *("american", "british", "german", "french", "swedish", "dutch", "canadian"),
        *("australian", "italian", "norwegian", "belgian", "irish", "uk", "usa"),
        *("summer", "winter", "driving", "running", "workout", "gym", "sleep"),
        *("under 2000 listeners", "explicit", "test", "fixme", "tagme", "genre"),
    }
)
# "2010", "90s", "2010s": when, not what.
_TIME = re.compile(r"(?:\d{2}|\d{4})s?")
_WORD = re.compile(r"\w")


def normalised(genres: Iterable[tuple[str, int]]) -> list[str]:
    """
    Give a track's genres, the strongest first.

    Args:
        genres: names as people wrote them, each with a weight of 0..100.
    """
    weights: dict[str, int] = {}
    for written, weight in genres:
        name = name_of(written)
        if name and weight >= LEAST_WEIGHT:
            weights[name] = max(weight, weights.get(name, 0))
    return sorted(weights, key=lambda name: (-weights[name], name))[:MOST]


@lru_cache(maxsize=1024)
def name_of(written: str) -> str | None:
    """Give the one name of a genre; None when it is none."""
    flat = folded(written)
    if not _WORD.search(flat) or _TIME.fullmatch(flat) or flat in IGNORED:
        return None
    # one letter is no genre, and a sentence is none either
    if len(flat) < 2 or len(flat) > 40:
        return None
    return ALIASES.get(flat, flat)
