"""What Spotify's search is asked with: names as filters, whatever titles hold."""

import re
from collections.abc import Sequence

from enrichment.contract.titles import parse_name
from enrichment.providers.asking import single_artists
from enrichment.tracks import Question

# Longer ones are answered with 400 or 404.
QUERY_CHARACTERS = 100
# An artist may take this much of it, so that the title keeps the larger part.
ARTIST_CHARACTERS = 30

# What breaks a filter or is an operator; what may stand inside a name stays ("P!nk").
_BREAKING = re.compile(r"[^\w\s!$@#%.]+|_+")
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_EDGES = "!$@#%."
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def search_query(question: Question) -> str:
    """Give `q` by names, at most `QUERY_CHARACTERS` long, cut at a word's end."""
    artist = single_artists(parse_name(question.artist, question.title))[0]
    artists = _fitting(searchable_words(artist), ARTIST_CHARACTERS)
    room = QUERY_CHARACTERS - len('track:"" artist:""') - len(artists)
    title = _fitting(searchable_words(question.title), room)
    query = f'track:"{title}" artist:"{artists}"' if artists else f'track:"{title}"'
    remixers = _fitting(
        searchable_words(question.version or ""), QUERY_CHARACTERS - len(query) - 1
    )
    return f"{query} {remixers}".rstrip()


def searchable_words(printed: str) -> list[str]:
    """Give the words of a name without punctuation that breaks filters."""
    plain = _BREAKING.sub(" ", _APOSTROPHES.sub("", printed))
    words = (word.strip(_EDGES) for word in plain.split())
    return [word.lower() if word in _OPERATORS else word for word in words if word]


def _fitting(words: Sequence[str], room: int) -> str:
    """Join as many words as fit; a first word that is too long is cut."""
    joined = ""
    for word in words:
        longer = f"{joined} {word}".lstrip()
        if len(longer) > room:
            break
        joined = longer
    return joined or "".join(words[:1])[: max(room, 0)]
