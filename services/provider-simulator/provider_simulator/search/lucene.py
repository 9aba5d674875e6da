"""
The part of Lucene's query syntax that recordings are searched with: text to a tree.

Clauses join as in Lucene's classic parser: AND makes both neighbours required, OR and
nothing leave them optional, NOT and - forbid. So `a OR b AND c` requires b and c.
https://lucene.apache.org/core/9_0_0/queryparser/org/apache/lucene/queryparser/classic/package-summary.html
"""

import re
from dataclasses import dataclass
from enum import Enum

# More clauses than this and the search server gives up (mbsssss, solr.xml).
MOST_CLAUSES = 1_024

# Fields of the recording index (mbsssss, recording/conf/schema.xml).
FIELDS = frozenset(
    (
        *("alias", "arid", "artist", "artistname", "comment", "country", "creditname"),
        *("date", "dur", "firstreleasedate", "format", "isrc", "number", "position"),
        *("primarytype", "qdur", "recording", "recordingaccent", "reid", "release"),
        *("rgid", "rid", "secondarytype", "status", "tag", "tid", "tnum", "tracks"),
        *("tracksrelease", "type", "video"),
    )
)


class QueryInvalid(ValueError):  # noqa: N818 - it says what is the matter
    """Syntax that the search server answers with 400."""


class Occur(Enum):
    """What a clause means for its group."""

    MUST = "+"
    SHOULD = ""
    MUST_NOT = "-"


class Match(Enum):
    """How a leaf's text is compared."""

    TERM = "term"
    PHRASE = "phrase"
    WILDCARD = "wildcard"
    FUZZY = "fuzzy"
    RANGE = "range"
    NEVER = "never"  # regular expressions: understood, never matched here


@dataclass(frozen=True, slots=True)
class Leaf:
    """
    One comparison.

    Args:
        field: None searches the default fields.
        high: the upper end of a range; `text` is the lower one. "*" is open.
        slop: words a phrase may be apart, or edits a fuzzy term may differ by.
        open_low, open_high: the end itself is not in the range.
    """

    field: str | None
    match: Match
    text: str
    high: str = ""
    slop: int = 0
    boost: float = 1.0
    open_low: bool = False
    open_high: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses with what each means."""

    clauses: tuple[tuple[Occur, "Node"], ...]
    boost: float = 1.0


Node = Leaf | Group


def parse(text: str) -> Node:
    """Read a query; raises `QueryInvalid`."""
    parser = _Parser(text)
    node = parser.group(None, nested=False)
    if count_leaves(node) > MOST_CLAUSES:
        raise QueryInvalid("too many clauses")
    return node


def count_leaves(node: Node) -> int:
    """Count the comparisons of a query."""
    if isinstance(node, Leaf):
        return 1
    return sum(count_leaves(clause) for _, clause in node.clauses)


def members(node: Node) -> int:
    """Count the alternatives at the top of a query: how many questions it batches."""
    while isinstance(node, Group) and len(node.clauses) == 1:
        node = node.clauses[0][1]
    if isinstance(node, Leaf):
        return 1
    if any(occur is Occur.MUST for occur, _ in node.clauses):
        return 1
    return max(1, sum(occur is Occur.SHOULD for occur, _ in node.clauses))


_SPACE = re.compile(r"[\s　]*")
_TERM = re.compile(
    r"(?:\\.|[^\s+\-!(){}\[\]^\"~:\\/&|])(?:\\.|[^\s!(){}\[\]^\"~:\\/])*", re.DOTALL
)
_LONE = re.compile(r"[&|]")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_RANGE = re.compile(r"([\[{])\s*(\S+)\s+TO\s+(\S+?)\s*([\]}])")
_REGEX = re.compile(r"/(?:\\.|[^/\\])*/", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_FIELD = re.compile(r"([A-Za-z_]+):")


class _Parser:
    """A cursor over the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def group(self, field: str | None, *, nested: bool) -> Group:
        """Read clauses up to the closing parenthesis or the end."""
        clauses: list[tuple[Occur, Node]] = []
        while True:
            self._skip_space()
            if self._at >= len(self._text):
                if nested:
                    raise QueryInvalid("a parenthesis is not closed")
                break
            if self._text[self._at] == ")":
                if not nested:
                    raise QueryInvalid("a parenthesis is closed that was not opened")
                self._at += 1
                break
            self._clause(clauses, field)
        if not clauses:
            raise QueryInvalid("an empty group")
        return Group(tuple(clauses), self._boost() if nested else 1.0)

    def _clause(self, clauses: list[tuple[Occur, Node]], field: str | None) -> None:
        joined = self._operator()
        if joined and not clauses:
            raise QueryInvalid(f"{joined} at the beginning")
        sign = self._sign()
        node = self._operand(field)
        if joined == "AND" and clauses[-1][0] is Occur.SHOULD:
            clauses[-1] = (Occur.MUST, clauses[-1][1])
        if sign is Occur.SHOULD and joined == "AND":
            sign = Occur.MUST
        clauses.append((sign, node))

    def _operator(self) -> str:
        for word, meaning in (
            ("AND", "AND"),
            ("OR", "OR"),
            ("&&", "AND"),
            ("||", "OR"),
        ):
            if self._word(word):
                self._skip_space()
                return meaning
        return ""

    def _sign(self) -> Occur:
        if self._word("NOT"):
            self._skip_space()
            return Occur.MUST_NOT
        head = self._text[self._at : self._at + 1]
        if head and head in "+-!":
            self._at += 1
            self._skip_space()
            return Occur.MUST if head == "+" else Occur.MUST_NOT
        return Occur.SHOULD

    def _word(self, word: str) -> bool:
        end = self._at + len(word)
        if not self._text.startswith(word, self._at):
            return False
        after = self._text[end : end + 1]
        if word.isalpha() and after and not after.isspace() and after not in '("':
            return False
        self._at = end
        return True

    def _operand(self, field: str | None) -> Node:
        named = _FIELD.match(self._text, self._at)
        if named and named.group(1) in FIELDS:
            self._at = named.end()
            field = named.group(1)
            self._skip_space()
        if self._at >= len(self._text):
            raise QueryInvalid("nothing follows an operator or a field")
        head = self._text[self._at]
        if head == "(":
            self._at += 1
            return self.group(field, nested=True)
        if head == '"':
            return self._phrase(field)
        if head in "[{":
            return self._range(field)
        if head == "/":
            self._taken(_REGEX, "a regular expression is not closed")
            return Leaf(field, Match.NEVER, "", boost=self._boost())
        return self._term(field)

    def _phrase(self, field: str | None) -> Leaf:
        text = self._taken(_QUOTED, "a quote is not closed").group(1)
        slop = self._after("~", 0.0)
        return Leaf(
            field, Match.PHRASE, _unescaped(text), slop=int(slop), boost=self._boost()
        )

    def _range(self, field: str | None) -> Leaf:
        found = self._taken(_RANGE, "a range is not closed")
        return Leaf(
            field,
            Match.RANGE,
            found.group(2).strip('"'),
            high=found.group(3).strip('"'),
            open_low=found.group(1) == "{",
            open_high=found.group(4) == "}",
            boost=self._boost(),
        )

    def _term(self, field: str | None) -> Leaf:
        if lone := _LONE.match(self._text, self._at):
            self._at = lone.end()
            return Leaf(field, Match.TERM, lone.group())
        raw = self._taken(_TERM, "a special character is not escaped").group()
        if self._text.startswith(":", self._at):
            # A colon after what is no field: edismax reads it as text.
            if field is not None or raw in FIELDS:
                raise QueryInvalid("a colon is not escaped")
            self._at += 1
            return Leaf(None, Match.TERM, _unescaped(raw), boost=self._boost())
        if re.search(r"(?<!\\)[*?]", raw):
            return Leaf(field, Match.WILDCARD, raw, boost=self._boost())
        fuzzy = self._text.startswith("~", self._at)
        edits = self._after("~", 2.0)
        match = Match.FUZZY if fuzzy else Match.TERM
        # Up to version 4 a share of likeness stood here; below 1 it still may.
        slop = 2 if edits < 1 else min(2, int(edits))
        return Leaf(field, match, _unescaped(raw), slop=slop, boost=self._boost())

    def _taken(self, pattern: re.Pattern[str], fault: str) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise QueryInvalid(fault)
        self._at = found.end()
        return found

    def _after(self, sign: str, default: float) -> float:
        if not self._text.startswith(sign, self._at):
            return default
        self._at += 1
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            return default
        self._at = number.end()
        return float(number.group())

    def _boost(self) -> float:
        if not self._text.startswith("^", self._at):
            return 1.0
        self._at += 1
        return float(self._taken(_NUMBER, "a boost is no number").group())

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self._at)
        if found is not None:
            self._at = found.end()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
