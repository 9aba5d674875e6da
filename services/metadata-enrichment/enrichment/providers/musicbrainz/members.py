"""Whose answer is a recording: rows of a batch handed to its questions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from enrichment.contract.identity.identity import folded
from enrichment.contract.identity.titles import parse_name
from enrichment.model import Candidate, Question


@dataclass(frozen=True, slots=True)
class Row:
    """
    A recording of a page.

    Args:
        names: all names that its artists go by: credit, artists, aliases.
    """

    candidate: Candidate
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """A name as normalised words, and run together."""

    words: tuple[str, ...]
    joined: str

    def within(self, other: "_Words") -> bool:
        """Return whether the words are in `other` one after the other."""
        size = len(self.words)
        return self.joined == other.joined or any(
            other.words[start : start + size] == self.words
            for start in range(len(other.words) - size + 1)
        )


def by_isrc(
    questions: Sequence[Question], rows: Sequence[Row]
) -> Mapping[Question, tuple[Candidate, ...]]:
    """
    Hand each row to the questions whose ISRC it states; it may own several.

    A question that was asked by itself owns what states none: the server found it.
    """
    if len(questions) == 1:
        code = questions[0].isrc
        return {
            questions[0]: tuple(
                row.candidate
                for row in rows
                if code in row.candidate.isrcs or not row.candidate.isrcs
            )
        }
    return {
        question: tuple(
            row.candidate for row in rows if question.isrc in row.candidate.isrcs
        )
        for question in questions
    }


def by_name(
    questions: Sequence[Question], rows: Sequence[Row]
) -> Mapping[Question, tuple[Candidate, ...]]:
    """
    Hand each row to every question that it could answer; matching decides later.

    The server normalises otherwise than we do: a row that no question claims by title
    and artist goes to those that have one of the two, and a word of the other.
    """
    if len(questions) == 1:
        return {questions[0]: tuple(row.candidate for row in rows)}
    asked = {question: _asked(question) for question in questions}
    claimed: dict[Question, list[Candidate]] = {question: [] for question in questions}
    for row in rows:
        title, names = _words(row.candidate.title), [_words(name) for name in row.names]
        owners = [
            question
            for question, (wanted, artists) in asked.items()
            if wanted.within(title) and _any_within(artists, names)
        ] or [
            question
            for question, (wanted, artists) in asked.items()
            if (wanted.within(title) and _share_word(artists, names))
            or (_any_within(artists, names) and _share_word([wanted], [title]))
        ]
        for owner in owners:
            claimed[owner].append(row.candidate)
    return {question: tuple(candidates) for question, candidates in claimed.items()}


def _asked(question: Question) -> tuple[_Words, list[_Words]]:
    name = parse_name(question.artist, question.title)
    artists = [_words(artist) for artist in (question.artist, *name.single_artists)]
    return _words(question.title), artists


def _words(printed: str) -> _Words:
    words = tuple(folded(printed).split())
    return _Words(words, "".join(words))


def _any_within(asked: Iterable[_Words], names: Sequence[_Words]) -> bool:
    return any(one.within(name) for one in asked for name in names)


def _share_word(asked: Iterable[_Words], names: Sequence[_Words]) -> bool:
    known = {word for name in names for word in name.words}
    return any(word in known for one in asked for word in one.words)
