"""The command blocks of the guides: where they stand and what they call."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
GUIDES = sorted((PROJECT / "docs").glob("*.md"))
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block; `mark` is what follows the language: `stack` is run for real."""

    guide: str
    language: str
    mark: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Its lines, those continued by a backslash joined."""
        joined = self.text.replace("\\\n", " ")
        return [x for x in joined.splitlines() if x.strip() and x[0] != "#"]


def blocks(*languages: str) -> Iterator[Block]:
    """Give every block of these languages in every guide."""
    for guide in GUIDES:
        for language, mark, text in _FENCE.findall(guide.read_text()):
            if language in languages:
                yield Block(guide.name, language, mark.strip(), text)


def inline(start: str) -> Iterator[tuple[str, str]]:
    """Give commands in the running text that begin so, with their guide."""
    for guide in GUIDES:
        text = _FENCE.sub("", guide.read_text())
        for command in re.findall(rf"`({start} [^`]+)`", text):
            yield guide.name, command


def words(command: str) -> list[str]:
    """Split as a shell does, redirections left out, variables set before cut off."""
    parts = shlex.split(re.sub(r"\s[<>|].*$", "", command))
    while parts and re.fullmatch(r"[A-Z_]+=.*", parts[0]):
        parts = parts[1:]
    return parts
