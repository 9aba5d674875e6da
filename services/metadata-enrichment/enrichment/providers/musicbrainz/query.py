"""Lucene for MusicBrainz: many questions as one query, whatever titles hold."""

import re
from collections.abc import Sequence
from urllib.parse import quote_plus

from enrichment.contract.identity.titles import parse_name
from enrichment.model import Question
from enrichment.providers.asking import single_artists

# An address of 6 to 7 kB is refused; this is the query's part of it, percent-encoded.
QUERY_BYTES = 5500
# Artists of one credit that are asked for; any of them will do.
ARTISTS_ASKED = 3
# The clause without its phrases, percent-encoded, rounded up.
_CLAUSE_BYTES = 60
_ARTIST_BYTES = 20
# A title keeps at least this share of its question's room.
_TITLE_SHARE = 0.5

# `/` opens a regular expression; MusicBrainz' own escape list lacks it.
_SPECIAL = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
_OPERATOR = re.compile(r"\b(AND|OR|NOT)\b")


def isrc_query(questions: Sequence[Question]) -> str:
    """Return `isrc:A OR isrc:B`; the field holds all ISRCs of a recording."""
    return " OR ".join(f"isrc:{question.isrc}" for question in questions)


def search_query(questions: Sequence[Question]) -> str:
    """
    Return one clause per question, joined by OR.

    A clause wants the base title as a phrase, so that all versions come back and
    matching chooses, and any single artist of the credit, since credits differ in
    order, in "&" and "vs.", and in who is only featured.
    """
    room = QUERY_BYTES // len(questions)
    clauses = [_clause(question, room) for question in questions]
    return clauses[0] if len(clauses) == 1 else " OR ".join(f"({c})" for c in clauses)


def phrase(printed: str, room: int = QUERY_BYTES) -> str:
    """Return a quoted, escaped phrase of at most `room` bytes when percent-encoded."""
    plain = "".join(c if c.isprintable() else " " for c in printed)
    words = _OPERATOR.sub(lambda word: word.group().lower(), plain).split()
    while len(words) > 1 and _encoded(" ".join(words)) > room:
        words.pop()
    kept = " ".join(words)
    while len(kept) > 1 and _encoded(kept) > room:
        # one word without spaces, as Japanese writes
        kept = kept[:-1]
    return f'"{_escaped(kept)}"'


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)


def _encoded(words: str) -> int:
    return len(quote_plus(_escaped(words)))


def _clause(question: Question, room: int) -> str:
    artists = single_artists(parse_name(question.artist, question.title))
    asked = artists[:ARTISTS_ASKED]
    free = max(room - _CLAUSE_BYTES - _ARTIST_BYTES * len(asked), 60)
    title = phrase(question.title, int(free * _TITLE_SHARE))
    each = int(free * (1 - _TITLE_SHARE)) // len(asked)
    wanted = " OR ".join(f"artist:{phrase(artist, each)}" for artist in asked)
    return f"recording:{title} AND " + (f"({wanted})" if len(asked) > 1 else wanted)
