"""An inverted index over recordings, and what a Lucene query finds in it."""

import fnmatch
import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from provider_simulator.search.lucene import Group, Leaf, Match, Node, Occur

# What a term without a field is looked for in.
DEFAULT_FIELDS = ("recording", "artist", "release")
# Compared whole, not word by word.
DATE_FIELDS = frozenset(("date", "firstreleasedate"))
EXACT_FIELDS = DATE_FIELDS | {"arid", "isrc", "reid", "rgid", "rid", "tid", "country"}
# Compared as numbers.
NUMBER_FIELDS = frozenset(("dur", "qdur", "tnum", "tracks", "tracksrelease"))
# Between two values of one field: no phrase reaches across.
_GAP = ""
_IDEOGRAPH = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")
_WORD = re.compile(r"[^\W_]+")

Scores = dict[int, float]


def words(text: str) -> tuple[str, ...]:
    """Take text apart as the index does: no case, no accents, no apostrophes."""
    joined = text.replace("&", " and ").replace("'", "").replace("’", "")
    decomposed = unicodedata.normalize("NFKD", joined.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    found: list[str] = []
    for word in _WORD.findall(plain):
        found.extend(word if _IDEOGRAPH.search(word) else (word,))
    # A name such as "!!!" is a word of its own.
    return tuple(found) or ((plain.strip(),) if plain.strip() else ())


class Field:
    """One field of all documents: which words, in which order, in which document."""

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._documents: dict[int, tuple[str, ...]] = {}
        self._postings: defaultdict[str, set[int]] = defaultdict(set)
        self._words = 0

    def add(self, document: int, values: Iterable[str]) -> None:
        """Enter a document's values."""
        sequence: list[str] = []
        for value in values:
            if sequence:
                sequence.append(_GAP)
            sequence.extend(self.words(value))
        self._documents[document] = tuple(sequence)
        self._words += len(sequence)
        for word in sequence:
            if word != _GAP:
                self._postings[word].add(document)

    def words(self, text: str) -> tuple[str, ...]:
        """Take a value or a query apart as this field does."""
        if self._exact:
            return (text.strip().lower(),) if text.strip() else ()
        return words(text)

    def vocabulary(self) -> Collection[str]:
        """Return every word of the field."""
        return self._postings.keys()

    def rarest(self, sequence: Sequence[str]) -> set[int]:
        """Return the documents of the rarest of some words."""
        return min((self._postings.get(w, set()) for w in sequence), key=len)

    def weigh(
        self,
        sequence: tuple[str, ...],
        slop: int,
        total: int,
        within: Collection[int] | None,
    ) -> Scores:
        """Score the documents that hold these words as a phrase."""
        documents: Collection[int] = self.rarest(sequence)
        if within is not None:
            documents = [document for document in documents if document in within]
        if not documents:
            return {}
        weight = sum(self._rarity(word, total) for word in sequence)
        usual = self._words / max(1, len(self._documents))
        scores = {}
        for document in documents:
            held = self._documents[document]
            if _holds(held, sequence, slop):
                # Half of it depends on length: a shorter value says more.
                scores[document] = weight / (0.5 + 0.5 * len(held) / usual)
        return scores

    def _rarity(self, word: str, total: int) -> float:
        held = len(self._postings.get(word, ()))
        return math.log(1 + (total - held + 0.5) / (held + 0.5))


class NumberField:
    """One number per document, found by value or range."""

    def __init__(self) -> None:
        self._pairs: list[tuple[float, int]] = []
        self._sorted = True

    def add(self, document: int, value: float) -> None:
        """Enter a document's number."""
        self._pairs.append((value, document))
        self._sorted = False

    def between(self, low: float, high: float) -> list[int]:
        """Return the documents with a number from low to high, both among them."""
        if not self._sorted:
            self._pairs.sort()
            self._sorted = True
        first = bisect_left(self._pairs, (low, -1))
        last = bisect_right(self._pairs, (high, math.inf))
        return [document for _, document in self._pairs[first:last]]


class Index:
    """Documents by number; add all, then search."""

    def __init__(self) -> None:
        self._fields: dict[str, Field] = {}
        self._numbers: dict[str, NumberField] = {}
        self._total = 0

    def add(
        self,
        document: int,
        texts: dict[str, list[str]],
        numbers: dict[str, list[float]],
    ) -> None:
        """Enter a document."""
        self._total += 1
        for name, values in texts.items():
            if name not in self._fields:
                self._fields[name] = Field(exact=name in EXACT_FIELDS)
            if values:
                self._fields[name].add(document, values)
        for name, many in numbers.items():
            for number in many:
                self._numbers.setdefault(name, NumberField()).add(document, number)

    def search(self, query: Node) -> list[tuple[int, int]]:
        """Return documents with scores of 0 to 100, best first; the best has 100."""
        scores = self._scores(query, None)
        if not scores:
            return []
        best = max(scores.values())
        ranked = sorted(scores.items(), key=lambda hit: (-round(hit[1], 6), hit[0]))
        return [(document, round(100 * score / best)) for document, score in ranked]

    def _scores(self, node: Node, within: Collection[int] | None) -> Scores:
        if isinstance(node, Group):
            return self._group_scores(node, within)
        found: Scores = {}
        for name in (node.field,) if node.field else DEFAULT_FIELDS:
            for document, score in self._leaf_scores(name, node, within).items():
                found[document] = max(found.get(document, 0.0), score * node.boost)
        return found

    def _group_scores(self, group: Group, within: Collection[int] | None) -> Scores:
        required = [node for occur, node in group.clauses if occur is Occur.MUST]
        optional = [node for occur, node in group.clauses if occur is Occur.SHOULD]
        forbidden = [node for occur, node in group.clauses if occur is Occur.MUST_NOT]
        found: Scores = {}
        for place, node in enumerate(sorted(required, key=self._size)):
            scores = self._scores(node, found if place else within)
            found = {d: score + found.get(d, 0.0) for d, score in scores.items()}
            if not found:
                return {}
        for node in optional:
            scores = self._scores(node, found if required else within)
            for document, score in scores.items():
                found[document] = found.get(document, 0.0) + score
        for node in forbidden if found else ():
            for document in self._scores(node, found):
                found.pop(document, None)
        return {document: score * group.boost for document, score in found.items()}

    def _size(self, node: Node) -> int:
        if isinstance(node, Group) or node.field not in self._fields:
            return self._total
        field = self._fields[node.field]
        sequence = field.words(node.text)
        return len(field.rarest(sequence)) if sequence else 0

    def _leaf_scores(
        self, name: str, leaf: Leaf, within: Collection[int] | None
    ) -> Scores:
        if name in NUMBER_FIELDS:
            return self._number_scores(name, leaf, within)
        field = self._fields.get(name)
        if field is None or leaf.match is Match.NEVER:
            return {}
        if leaf.match in (Match.TERM, Match.PHRASE) and name not in DATE_FIELDS:
            sequence = field.words(leaf.text)
            if not sequence:
                return {}
            return field.weigh(sequence, leaf.slop, self._total, within)
        found: Scores = {}
        for word in _alike(field, leaf):
            found.update(dict.fromkeys(field.weigh((word,), 0, 1, within), 1.0))
        return found

    def _number_scores(
        self, name: str, leaf: Leaf, within: Collection[int] | None
    ) -> Scores:
        low, high = _number(leaf.text, -math.inf), _number(leaf.text, math.inf)
        if leaf.match is Match.RANGE:
            high = _number(leaf.high, math.inf)
            # Whole numbers: an open end is the next one.
            low, high = low + leaf.open_low, high - leaf.open_high
        if name not in self._numbers or low > high:
            return {}
        documents = self._numbers[name].between(low, high)
        return {d: 1.0 for d in documents if within is None or d in within}


def _holds(held: tuple[str, ...], sequence: tuple[str, ...], slop: int) -> bool:
    length = len(sequence)
    if length == 1:
        return True
    first = sequence[0]
    for start, word in enumerate(held):
        if word == first and held[start : start + length] == sequence:
            return True
    if not slop:
        return False
    # Near enough: all words, in any order, in a stretch of the phrase's length + slop.
    wanted = set(sequence)
    stretch = length + slop
    return any(
        wanted <= set(held[start : start + stretch])
        for start in range(max(1, len(held) - length + 1))
    )


def _alike(field: Field, leaf: Leaf) -> list[str]:
    """Return the field's words that a wildcard, a fuzzy term or a range means."""
    if leaf.match is Match.WILDCARD:
        pattern = "*" if leaf.text == "*" else leaf.text.casefold()
        return fnmatch.filter(field.vocabulary(), pattern.replace("[", "[[]"))
    if leaf.match is Match.RANGE:
        low = "" if leaf.text == "*" else leaf.text.casefold()
        high = "\U0010ffff" if leaf.high == "*" else leaf.high.casefold()
        return [word for word in field.vocabulary() if low <= word <= high]
    if leaf.match is not Match.FUZZY:  # a date, whole or part: 2015 is all of 2015
        return [word for word in field.vocabulary() if word.startswith(leaf.text)]
    target = "".join(field.words(leaf.text))
    return [
        word
        for word in field.vocabulary()
        if abs(len(word) - len(target)) <= leaf.slop
        and _edits(word, target, leaf.slop) <= leaf.slop
    ]


def _edits(one: str, other: str, most: int) -> int:
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        previous, row = row, [place]
        for column, compared in enumerate(other, start=1):
            row.append(
                min(
                    previous[column] + 1,
                    row[-1] + 1,
                    previous[column - 1] + (letter != compared),
                )
            )
        if min(row) > most:
            return most + 1
    return row[-1]


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default
