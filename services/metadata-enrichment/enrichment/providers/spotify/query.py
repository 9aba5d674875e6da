"""What Spotify's search is asked with: names as filters, whatever titles hold."""

import re
from collections.abc import Sequence

from enrichment.contract.identity.titles import parse_name
from enrichment.model import Question
from enrichment.providers.asking import single_artists

# Longer ones are answered with 400 or 404.
QUERY_CHARACTERS = 100
# An artist may take this much of it, so that the title keeps the larger part.
ARTIST_CHARACTERS = 30

# What breaks a filter or is an operator; what may stand inside a name stays ("P!nk").
_BREAKING = re.compile(r"[^\w\s!$@#%.]+|_+")
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_EDGES = "!$@#%."
# What a name of signs alone ("!!!", an emoji) may not hold inside a filter's quotes.
_UNQUOTABLE = re.compile(r"[\s\"'’‘`´:\\*()_.,;-]+")
# Names that are often one band's; other joiners ("vs.", "x", a comma) part two artists.
_BAND = re.compile(r"[^&+]+(?:&|\+|\band\b)[^&+]+", re.IGNORECASE)
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def search_query(question: Question) -> str:
    """Return `q` by names, at most `QUERY_CHARACTERS` long, cut at a word's end."""
    artists = _fitting(searchable_words(_artist(question)), ARTIST_CHARACTERS)
    artist_filter = f' artist:"{artists}"' if artists else ""
    room = QUERY_CHARACTERS - len('track:""') - len(artist_filter)
    title = _fitting(searchable_words(question.title), room)
    query = f'track:"{title}"{artist_filter}' if title else artist_filter.lstrip()
    remixers = _fitting(
        searchable_words(question.version or ""), QUERY_CHARACTERS - len(query) - 1
    )
    return f"{query} {remixers}".strip()


def searchable_words(printed: str) -> list[str]:
    """Return the words of a name without punctuation that breaks filters."""
    plain = _BREAKING.sub(" ", _APOSTROPHES.sub("", printed))
    words = [word.strip(_EDGES) for word in plain.split()]
    if not any(words):
        words = [c for c in _UNQUOTABLE.sub(" ", printed).split() if c.isprintable()]
    return [word.lower() if word in _OPERATORS else word for word in words if word]


def _artist(question: Question) -> str:
    """Return the whole credit where it may be a band's name, else its first artist."""
    name = parse_name(question.artist, question.title)
    singles = single_artists(name)
    whole = " ".join(searchable_words(name.artist))
    is_band = len(singles) == 2 and _BAND.fullmatch(name.artist)
    return name.artist if is_band and len(whole) <= ARTIST_CHARACTERS else singles[0]


def _fitting(words: Sequence[str], room: int) -> str:
    """Join as many words as fit; a first word that is too long is cut."""
    joined = ""
    for word in words:
        longer = f"{joined} {word}".lstrip()
        if len(longer) > room:
            break
        joined = longer
    return joined or "".join(words[:1])[: max(room, 0)]
