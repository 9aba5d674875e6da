"""The map: what it names exists, and rooms stay as small as one person can survey."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MAP = (PROJECT / "docs/map.md").read_text()
PAGE_LINES = 66
WORKER = "services/metadata-enrichment/"
NAMED = sorted(
    set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)(?:::(\w+))?`", MAP.split("\n", 4)[4]))
)
# The things that a reader who does not know the code must find, as issue 23 lists them.
LISTED = [
    "pipelines",
    "line",
    "message",
    "JSON",
    "remix",
    "wins",
    "upsert",
    "acknowledgement",
    "retry",
    "windows",
    "alert",
    "migrations",
    "full",
    "reservation",
    "clients",
    "wired",
    "show",
    "replay",
    "explain",
    "migrate",
    "revoke",
    "due",
    "token",
    "credits",
]


def place(named: str) -> Path:
    """Return where a path of the page is in the tree."""
    return PROJECT / (WORKER if named.startswith("enrichment/") else "") / named


def defined(path: Path) -> set[str]:
    """Return the names that a module defines at its top."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = [*getattr(node, "targets", ()), getattr(node, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_what_the_map_names_exists(path, name):
    assert place(path).exists()
    if name:
        assert name in defined(place(path))


def test_the_map_answers_each_of_the_24_questions():
    rows = re.findall(r"^\| (?!What |-)(.+?) \| (.+) \|$", MAP, re.MULTILINE)

    assert len(LISTED) == len(rows) == 24
    for word, (asked, where) in zip(LISTED, rows, strict=True):
        assert word in asked
        assert "/" in where


@pytest.mark.parametrize("page", ["map.md", "glossary.md"])
def test_a_page_to_look_things_up_is_one_screen(page):
    assert len((PROJECT / "docs" / page).read_text().splitlines()) <= PAGE_LINES


# rooms

AT_THE_TOP, IN_A_ROOM = 17, 14
PACKAGES = (
    "services/metadata-enrichment/enrichment",
    "scrapers",
    "services/provider-simulator/provider_simulator",
    "devstack",
    "rehearsal",
)
# As wide as their subject, since each entry is one of the same kind.
CATALOGUES = {
    "enrichment/cli": "a file per command",
    "enrichment/cli/actions": "a file per command",
    "enrichment/exports": "a file per format",
    "enrichment/web/console": "a file per page",
    "enrichment/providers": "a folder per provider",
    "scrapers/tracklists/formats": "a file per format",
}


def entries(room: Path) -> set[str]:
    """Return what is in a room: modules, sub-rooms and other files, less dunders."""
    return {
        path.name
        for path in room.iterdir()
        if path.name not in {"__init__.py", "__main__.py", "__pycache__", "py.typed"}
        and (path.is_file() or any(path.rglob("*.py")))
    }


def rooms():
    for package in PACKAGES:
        top = PROJECT / package
        for room in (top, *sorted(top.rglob("*/"))):
            name = str(room.relative_to(top.parent))
            if "__pycache__" not in name and entries(room) and name not in CATALOGUES:
                yield pytest.param(
                    room, AT_THE_TOP if room == top else IN_A_ROOM, id=name
                )


@pytest.mark.parametrize(("room", "most"), list(rooms()))
def test_a_room_can_be_surveyed(room, most):
    assert len(entries(room)) <= most, sorted(entries(room))


def test_a_catalogue_is_there():
    """A catalogue that is gone takes its exception with it."""
    known = {
        str(room.relative_to((PROJECT / package).parent))
        for package in PACKAGES
        for room in (PROJECT / package).rglob("*/")
    }

    assert set(CATALOGUES) <= known
