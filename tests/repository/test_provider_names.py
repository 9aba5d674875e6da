"""A provider is named in its folder and nowhere else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from enrichment.providers.registry import BUILT_IN
from provider_simulator.registry import NAMES

PROJECT = Path(__file__).resolve().parents[2]
PRODUCT = PROJECT / "services/metadata-enrichment/enrichment"
SIMULATOR = PROJECT / "services/provider-simulator/provider_simulator"
SCRAPERS = PROJECT / "scrapers"
NAMED = re.compile("|".join(spec.name for spec in BUILT_IN), re.IGNORECASE)
# A name in quotes inside of another language: SQL, JSON.
QUOTED = re.compile(rf"[\"\'](?:{NAMED.pattern})[\"\']", re.IGNORECASE)
OTHERS = ("rehearsal", "devstack")
# Files that say a provider's name, and why they may.
ALLOWED = {
    PRODUCT / "providers/registry.py": "it lists the folders",
    PRODUCT / "contract/sources.py": "`spotify` is a format of files there",
    PRODUCT / "contract/finished_tracks.py": "an example in a docstring",
    PRODUCT / "lookup/cache/entries.py": "a dictionary of zstd: a byte more and what"
    " is kept cannot be read",
    SCRAPERS / "settings.py": "CACHE_TTL of pipeline 200 has been named so for users",
    SCRAPERS / "pipelines/api_enrichment_pipeline.py": "the same",
    SCRAPERS / "tracklists/__init__.py": "it lists the formats of files",
    SCRAPERS / "tracklists/json_kinds.py": "the same",
    SCRAPERS / "tracklists/formats/spotify.py": "it is a format of files",
    SCRAPERS / "tracklists/lists/listed_lines.py": "hosts of links in pasted text",
}


def files() -> Iterator[Path]:
    for root in (PRODUCT, SIMULATOR, SCRAPERS, *map(PROJECT.joinpath, OTHERS)):
        for file in sorted(root.rglob("*.py")):
            folder = {PRODUCT / "providers", SIMULATOR / "wire"} & {*file.parents}
            inside = folder and file.relative_to(*folder).parts[0] in NAMES
            if not inside and file not in ALLOWED:
                yield file


def names_in(file: Path) -> Iterator[str]:
    """Yield what names a provider: a constant that is its name, or an identifier."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        said = getattr(node, "value", None)
        if isinstance(node, ast.Constant) and isinstance(said, (str, bytes)):
            text = said if isinstance(said, str) else said.decode("latin-1")
            if NAMED.fullmatch(text) or QUOTED.search(text):
                yield f"{file.relative_to(PROJECT)}:{node.lineno}: {text[:60]!r}"
        names = (getattr(node, name, None) for name in ("id", "attr", "name", "asname"))
        for name in names:
            if isinstance(name, str) and NAMED.fullmatch(name):
                yield f"{file.relative_to(PROJECT)}: {name}"


@pytest.mark.parametrize("file", [*files()], ids=lambda file: file.stem)
def test_no_file_outside_its_folder_names_a_provider(file):
    assert list(names_in(file)) == []


def test_what_is_allowed_still_names_one():
    assert [file for file in ALLOWED if not list(names_in(file))] == []


def test_every_provider_has_its_side_of_the_simulator():
    assert {*NAMES} >= {spec.name for spec in BUILT_IN}
