"""Names agree over files: variables, migrations, targets, pins, metrics, layers."""

import ast
import re
import tomllib
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import SecretStr

from enrichment.app import settings
from enrichment.app.settings import SECRETS, Settings
from enrichment.contract import env_file, metrics
from enrichment.contract.texts import own_secrets
from enrichment.providers.registry import SPECS

PROJECT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
OURS = ("scrapers", "enrichment", "provider_simulator", "devstack", "rehearsal")

SCRAPER_SOURCES = [
    PROJECT / "scrapers/settings.py",
    PROJECT / "scrapers/environment.py",
    PROJECT / "scrapers/orchestrator/__init__.py",
]
COMPOSE = sorted(PROJECT.glob("docker-compose*.yml"))
DOCUMENTS = [
    *PROJECT.glob("*.md"),
    *(PROJECT / "docs").glob("**/*.md"),
]


# .env.example ⇔ what is read


def example():
    """Variables of .env.example: default and the comment above."""
    found, comment = {}, []
    for line in (PROJECT / ".env.example").read_text().splitlines():
        if line.startswith("#"):
            comment.append(line.removeprefix("#").strip())
            continue
        if line:
            name, value = line.split("=", 1)
            assert name not in found, f"{name} stands there twice"
            found[name] = (value, " ".join(comment))
        comment = []
    return found


EXAMPLE = example()


def read_by_scrapers():
    text = "".join(path.read_text() for path in SCRAPER_SOURCES)
    named = set(re.findall(r'(?:text|number|flag|url)\(\s*"([A-Z][A-Z0-9_]+)"', text))
    ports = set(re.findall(r"_port\('([A-Z]+)', \d+\)", text))
    return named | {f"{server}_PORT" for server in ports}


def read_by_compose():
    return {
        name
        for file in COMPOSE
        for name in re.findall(r"\$\{([A-Z][A-Z0-9_]*)", file.read_text())
    }


def test_every_variable_that_is_read_stands_in_the_example_and_no_other():
    read = {*settings.defaults()}
    read |= read_by_scrapers() | read_by_compose() | {env_file.VARIABLE}

    assert set(EXAMPLE) == read


def test_every_setting_is_used():
    """A setting that nobody reads is a promise that nobody keeps."""
    used = {
        node.attr
        for root in ("services/metadata-enrichment", "scrapers")
        for file in (PROJECT / root).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }

    models = (Settings, *(spec.settings for spec in SPECS.values()))
    assert {name for model in models for name in model.model_fields} - used == set()


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_variable_says_what_it_is(name):
    assert EXAMPLE[name][1]


def test_a_number_says_its_unit():
    units = re.compile(
        r"second|day|port|call|dollar|message|row|worker|retries|container|factor|page"
    )
    for name, (value, comment) in EXAMPLE.items():
        if re.fullmatch(r"\d+(\.\d+)?", value):
            assert units.search(comment), f"{name}={value}: {comment}"


def test_defaults_in_the_example_are_the_ones_in_the_code():
    for name, default in settings.defaults().items():
        parts = default if isinstance(default, tuple) else (default,)
        shown = ",".join("" if part is None else str(part) for part in parts)
        given = EXAMPLE[name][0]
        assert given.lower() == shown.lower(), name


def test_no_secret_has_a_value():
    secrets = {
        name
        for name in EXAMPLE
        if re.search(r"PASS|SECRET|TOKEN$|KEY$|CLIENT_ID", name)
        or EXAMPLE[name][1].startswith("secret")
    }
    assert secrets >= set(SECRETS) - {"DATABASE_URL", "RABBITMQ_URL", "REDIS_URL"}
    assert {name: EXAMPLE[name][0] for name in {*secrets, *SECRETS}} == dict.fromkeys(
        {*secrets, *SECRETS}, ""
    )


def test_every_masked_setting_may_be_a_file():
    masked = {
        name.upper()
        for name, field in Settings.model_fields.items()
        if SecretStr in getattr(field.annotation, "__args__", (field.annotation,))
    }
    theirs = {v for spec in SPECS.values() for v in spec.secret_variables}
    assert masked | theirs == set(SECRETS)
    # what scrapers and children know of a provider's secrets is how they are called
    assert {*own_secrets.without(dict.fromkeys(theirs, "x"))} == set()


# migrations


def test_every_migration_has_its_way_back():
    folder = PROJECT / "sql/migrations"
    ups = {path.name.removesuffix("_up.sql") for path in folder.glob("*_up.sql")}
    downs = {path.name.removesuffix("_down.sql") for path in folder.glob("*_down.sql")}

    assert ups
    assert ups == downs
    assert {path.suffix for path in folder.iterdir()} == {".sql"}


@pytest.mark.parametrize(
    "file", sorted((PROJECT / "sql/migrations").glob("*.sql")), ids=lambda f: f.name
)
def test_a_migration_is_one_transaction_and_notes_its_version(file):
    text = file.read_text()
    statements = [line for line in text.splitlines() if line and line[:2] != "--"]
    number, name = file.stem.removesuffix("_up").removesuffix("_down").split("_", 1)

    if "CONCURRENTLY" not in text:  # which cannot stand in a transaction
        assert statements[0] == "BEGIN;"
        assert statements[-1] == "COMMIT;"
    if file.name.endswith("_up.sql"):
        assert f"VALUES ({int(number)}, '{name}')" in text
    elif int(number) > 1:
        assert f"schema_migrations WHERE version = {int(number)};" in text


# make targets


def targets():
    text = (PROJECT / "Makefile").read_text()
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def test_every_target_that_a_document_names_exists():
    named = {
        target
        for path in [*DOCUMENTS, PROJECT / ".ci/run", *COMPOSE]
        for target in re.findall(
            r"(?:^\s*|[`$] ?|run )make ([a-z][a-z-]+)", path.read_text(), re.MULTILINE
        )
    }

    assert named
    assert named <= targets()


def test_help_lists_what_a_user_may_want():
    text = (PROJECT / "Makefile").read_text()
    listed = set(re.findall(r"^([a-z][a-z-]*):.*## ", text, re.MULTILINE))

    assert {"help", "setup", "demo", "test", "check", "fmt", "lock"} <= listed


def test_every_phony_target_is_a_target():
    text = (PROJECT / "Makefile").read_text()
    phony = {
        target
        for line in re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
        for target in line.split()
    }
    assert phony <= targets()


# pins

PINS = {
    "requirements-dev.txt": "dev",
    "services/metadata-enrichment/requirements.txt": "worker",
    "scrapers/requirements.txt": "scraper",
    "services/provider-simulator/requirements.txt": "simulator",
}


def pins(file):
    """Exact versions of a locked file, by canonical name."""
    found = {}
    for line in (PROJECT / file).read_text().splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[.*\])?==([^\s;\\]+)", line)
        if match:
            found.setdefault(canonicalize_name(match[1]), set()).add(match[2])
    return found


def wanted(extra):
    """What pyproject asks for with an extra, extras of our own followed."""
    project = PYPROJECT["project"]
    waiting = [*project["dependencies"], *project["optional-dependencies"][extra]]
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.name == project["name"]:
            for other in requirement.extras:
                waiting += project["optional-dependencies"][other]
        elif requirement.marker is None or requirement.marker.evaluate():
            yield requirement


@pytest.mark.parametrize(("file", "extra"), PINS.items())
def test_pins_satisfy_pyproject(file, extra):
    pinned = pins(file)

    for requirement in wanted(extra):
        versions = pinned.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not pinned"
        assert all(requirement.specifier.contains(v) for v in versions), requirement


@pytest.mark.parametrize("file", PINS)
def test_pins_name_no_index_and_no_host_and_have_hashes(file):
    text = (PROJECT / file).read_text()

    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|-f|--index|--extra-index|--find|--trusted)", text, re.MULTILINE
    )
    packages = re.findall(r"^[A-Za-z0-9._-]+(?:\[.*\])?==.*$", text, re.MULTILINE)
    assert packages
    assert all(line.endswith("\\") for line in packages), "hashes follow each pin"


def test_every_file_pins_the_same_versions():
    dev = pins("requirements-dev.txt")
    for file in PINS:
        for name, versions in pins(file).items():
            assert versions <= dev.get(name, versions), f"{file}: {name}"


# metrics


def exported():
    names = set()
    for family in metrics.REGISTRY.collect():
        names.add(family.name)
        if family.type == "counter":
            names.add(f"{family.name}_total")
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
    return names


# Names that begin like metrics and are none: packages, folders, files, tables, columns.
OTHER_NAMES = re.compile(
    r"enrichment_(queue_publisher|metadata_fields|coverage_stats|timestamp|source_api"
    r"|status|pipeline|db_password|backlog_worker|worker)\b"
)


def named_metrics(text):
    found = set(re.findall(r"\benrichment_[a-z0-9_]+\b(?![./-])", text))
    return {name for name in found if not OTHER_NAMES.fullmatch(name)}


def recorded():
    """Names that recording rules make of ours."""
    rules = (PROJECT / "monitoring").glob("**/*.yml")
    return {
        name
        for path in rules
        for name in re.findall(r"record:\s*(\S+)", path.read_text())
    }


@pytest.mark.parametrize(
    "path",
    [
        *DOCUMENTS,
        *(PROJECT / "monitoring").glob("**/*.yml"),
        *(PROJECT / "monitoring").glob("**/*.json"),
    ],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_every_metric_that_is_named_is_exported(path):
    assert named_metrics(path.read_text()) <= exported() | recorded()


# layers


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(*OURS, include_external_packages=True)


def contracts():
    return {c["id"]: c for c in PYPROJECT["tool"]["importlinter"]["contracts"]}


@pytest.mark.parametrize("package", ["enrichment", "scrapers"])
def test_every_module_is_in_a_layer(package, graph):
    layers = contracts()[f"{package}-layers"]
    placed = {
        name.strip(" ()")
        for layer in layers["layers"]
        for name in re.split(r"[|:]", layer)
    }
    children = {module.split(".")[-1] for module in graph.find_children(package)}

    assert layers["exhaustive"] is True
    assert children <= placed


def test_scrapers_import_the_contract_and_nothing_else_of_the_workers(graph):
    modules = {"scrapers", *graph.find_descendants("scrapers")}
    imported = {
        target
        for module in modules
        for target in graph.find_modules_directly_imported_by(module)
        if target.startswith("enrichment")
    }

    assert imported
    assert all(target.startswith("enrichment.contract.") for target in imported)


# One library, one owner: where it may be imported at all.
OWNERS = {
    "aio_pika": "enrichment.queueing enrichment.app.clients enrichment.scheduling",
    "pika": "scrapers.pipelines.broker_thread scrapers.pipelines.broker_words",
    "httpx": "enrichment.providers.http",
    "tenacity": "enrichment.providers.http.sender",
    "typer": "enrichment.cli",
    "fastapi": "enrichment.web.api enrichment.web.console",
    "jinja2": "enrichment.web.console.frame.pages",
    "uvicorn": "enrichment.web.app enrichment.web.bounded_connections",
    "apscheduler": "scrapers.orchestrator",
    "scrapy": "scrapers",
    "twisted": "scrapers",
    "aiohttp": "provider_simulator",
}


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_has_one_owner(library, graph):
    owners = tuple(OWNERS[library].split())
    users = graph.find_modules_that_directly_import(library)

    assert users
    assert {user for user in users if not user.startswith(owners)} == set()
