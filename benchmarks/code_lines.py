"""
`python -m benchmarks.code_lines FOLDER…`: lines of code, each folder and in all.

Docstrings, comments and blank lines are not counted; a statement over three lines
counts as three.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Sequence
from pathlib import Path

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
_WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(text: str) -> int:
    """Count the lines of a module that hold code."""
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - _docstring_lines(text))


def _docstring_lines(text: str) -> set[int]:
    return {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }


def main(folders: Sequence[str]) -> int:
    """Print the count of every folder, and of all together."""
    counts = {
        folder: sum(code_lines(file.read_text()) for file in Path(folder).rglob("*.py"))
        for folder in folders
    }
    for folder, count in counts.items():
        sys.stdout.write(f"{count:7,} {folder}\n")
    sys.stdout.write(f"{sum(counts.values()):7,} in all\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
