"""What is imported is declared: a library that comes with another may go with it."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
EXTRAS = DECLARED["optional-dependencies"]
OURS = {"benchmarks", "devstack", "enrichment", "provider_simulator", "scrapers"}
OURS |= {"rehearsal", "tests"}
# there for type checkers alone
NOWHERE = {"_typeshed"}
# Where each package is, and the extras that its deployable installs beside the base.
PACKAGES = {
    "enrichment": ("services/metadata-enrichment/enrichment", ["worker", "parquet"]),
    "scrapers": ("scrapers", ["scraper"]),
    "provider_simulator": (
        "services/provider-simulator/provider_simulator",
        ["simulator"],
    ),
    "devstack": ("devstack", ["dev"]),
    "rehearsal": ("rehearsal", ["worker"]),
    "tests": ("tests", ["scraper", "worker", "simulator", "dev"]),
    "benchmarks": ("benchmarks", ["scraper", "worker", "simulator", "dev"]),
}
# What they import is installed in places of their own: requirements.txt beside them.
ELSEWHERE = {
    PROJECT / "benchmarks" / "peers",
    PROJECT / "tests" / "browser",
    PROJECT / "tests" / "exports" / "read_back.py",
}


def imported(folder: Path) -> set[str]:
    """Name every module of others that is imported, wherever in a file."""
    found = set()
    for file in folder.rglob("*.py"):
        if not ELSEWHERE.isdisjoint((file, *file.parents)):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - OURS - NOWHERE - set(sys.stdlib_module_names)


def declared(extras: list[str]) -> set[str]:
    lines = [*DECLARED["dependencies"], *(one for e in extras for one in EXTRAS[e])]
    return {plain(Requirement(line).name) for line in lines}


def plain(name: str) -> str:
    return name.lower().replace("_", "-")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_library_that_is_imported_is_declared(package):
    folder, extras = PACKAGES[package]
    known = packages_distributions()

    undeclared = {
        module
        for module in imported(PROJECT / folder)
        # what is not installed here, an extra, has the name of its module
        if not {plain(name) for name in known.get(module, [module])} & declared(extras)
    }

    assert undeclared == set()


# Copied whole.
WHOLE_ROOMS = ("scrapers/parsing", "scrapers/rows", "scrapers/tracklists")


def test_the_image_of_the_workers_has_what_the_command_takes_from_the_scrapers():
    image = (PROJECT / "services/metadata-enrichment/Dockerfile.worker").read_text()
    folder = PROJECT / "services/metadata-enrichment/enrichment"
    taken = {
        f"scrapers/{alias.name}.py"
        if node.module == "scrapers"
        else f"{node.module.replace('.', '/')}.py"
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] == "scrapers"
        for alias in node.names
    }

    assert taken
    for what in taken:
        assert what.startswith(WHOLE_ROOMS) or what in image
