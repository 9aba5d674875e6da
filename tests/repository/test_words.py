"""Phrasings that readers had to read twice do not come back."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CODE = (
    "services/metadata-enrichment",
    "services/provider-simulator",
    "scrapers",
    "devstack",
    "rehearsal",
    "benchmarks",
)
PAGES = [
    *(PROJECT / "docs").glob("*.md"),
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / ".env.example",
    *PROJECT.glob("docker-compose*.yml"),
    PROJECT / "monitoring/prometheus/alerts/enrichment-alerts.yml",
]
# What a function's docstring does not begin with, and what PEP 257 has instead.
FIRST_WORDS = {
    "Give": "Return, Yield",
    "Gives": "Return, Yield",
    "Say": "Return whether, Log, Print",
    "Says": "Return whether, Log, Print",
    "Tell": "Return whether, Recognise, Distinguish, Log, Print",
    "Tells": "Return whether, Recognise, Distinguish, Log, Print",
    "Returns": "Return",
    "Raises": "Raise",
}
# A pattern that was found and mended, and the better wording.
BANNED = {
    r"\bfor ever\b": "forever",
    r"\bstands? (in|there|below|above|beside|before|behind|between|under)\b": "is",
    r"\bstands? with other\b": "exists with different",
    r"\bwrites? over (nothing|an?|the)\b": "never overwrites, overwrites",
    r"\b(?<!atching )(?<!eciding )(?<!made )(?<!made it )anew\b": "again",
    r"\b(goes|will go|can go|may go) on\b(?! (a|the) )": "continues",
    r"\bwhat (came|comes) of\b": "the outcome of",
    r"\bparted by\b": "separated by",
    r"\bvictim\b": "the process that is affected",
    r"\bas good as (none|nothing|away|read)\b": "is treated as",
    r"\bkeeps? (a|the) provider from being asked\b": "why a provider is blocked",
    r"\bso (small|large) a\b": "such a small, such a large",
    r"\bbe heard of\b|\bis heard of\b": "is known, arrives",
    r"\brefuses who\b": "refuses clients that",
    r"\bnobody's leave\b": "no permission",
    r"\bwhose guests\b": "name the thing",
    r"\b(hence|whence|thereof|therein|wherein|thereby|lest|aught)\b": "so, from which",
    r"\b[Gg]ive turns\b": "run",
    r"\bno mind\b|\bat home in\b": "no metaphor",
    r"\bput upon\b": "applied to",
    r"\bcome (to|upon) grief\b|\bin vain\b": "fail, without result",
}


@cache
def modules() -> tuple[Path, ...]:
    return tuple(
        file
        for folder in CODE
        for file in sorted((PROJECT / folder).rglob("*.py"))
        if "__pycache__" not in file.parts
    )


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def documented(file: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(parsed(file)):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and (text := ast.get_docstring(node)):
            yield node, text


def comments(file: Path) -> Iterator[str]:
    """Yield comments as a reader sees them: neighbouring lines as one text."""
    lines: list[str] = []
    last = 0
    source = io.StringIO(file.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1 and lines:
                yield " ".join(lines)
                lines = []
            lines.append(token.string.lstrip("# "))
            last = token.start[0]
    yield " ".join(lines)


def sentences(file: Path) -> Iterator[str]:
    """Yield what users read: help texts, and the sentences of log lines."""
    for node in ast.walk(parsed(file)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        logged = (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in {"log", "logger"}
        )
        texts = [key.value for key in node.keywords if key.arg == "help"]
        texts += node.args if logged else []
        for text in texts:
            for part in ast.walk(text):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def found(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [
        f"{match.group()!r}: rather {better}"
        for pattern, better in BANNED.items()
        for match in re.finditer(pattern, flat)
    ]


def test_docstrings_of_functions_begin_as_pep_257_asks():
    wrong = [
        f"{file.relative_to(PROJECT)}:{node.lineno}: {text.splitlines()[0]!r}:"
        f" rather {FIRST_WORDS[text.split()[0]]}"
        for file in modules()
        for node, text in documented(file)
        if not isinstance(node, ast.Module | ast.ClassDef)
        and text.split()[0] in FIRST_WORDS
        and not text.startswith(("Give back", "Give up"))
    ]

    assert not wrong, "\n".join(wrong)


def test_docstrings_comments_and_sentences_use_no_banned_phrasing():
    wrong = [
        f"{file.relative_to(PROJECT)}: {fault}"
        for file in modules()
        for text in (
            *(text for _, text in documented(file)),
            *comments(file),
            *sentences(file),
        )
        for fault in found(text)
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_uses_no_banned_phrasing(page):
    prose = re.sub(
        r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL
    )

    assert not found(prose)
