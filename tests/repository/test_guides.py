"""The guides: every command, service, file, variable and metric in them exists."""

import re
from pathlib import Path

import pytest
import typer
import yaml

from enrichment.cli.main import app
from enrichment.contract import metrics
from tests.repository.guides import GUIDES, Block, blocks, inline, words
from tests.repository.series import unknown_series

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = PROJECT / "docs/ENRICHMENT_WORKERS_DEPLOYMENT_GUIDE.md"
SERVICES = {
    service
    for file in ("docker-compose.yml", "docker-compose.enrichment-workers.yml")
    for service in yaml.safe_load((PROJECT / file).read_text())["services"]
}
# Global options of docker compose, and of its commands, that take a value.
WITH_VALUE = {"-f", "--profile", "--scale", "-t", "--tail", "--since", "-p"}
SUBCOMMANDS = {"up", "down", "build", "run", "exec", "ps", "logs", "restart", "config"}
SHELL = list(blocks("sh"))
COMMANDS = [
    *((block.guide, command) for block in SHELL for command in block.commands),
    *inline("docker compose"),
    *inline("enrichment"),
]


def compose_parts(arguments):
    """Split into files, subcommand, and what comes after the options."""
    files, rest, subcommand = [], [], None
    at = iter(arguments)
    for word in at:
        if word in WITH_VALUE and (subcommand is None or not rest):
            value = next(at)
            if word == "-f" and subcommand is None:
                files.append(value)
            if word == "--scale":
                rest += [] if value.split("=")[0] in SERVICES else [f"--scale {value}"]
        elif word.startswith("-") and not rest:
            continue
        elif subcommand is None:
            subcommand = word
        else:
            rest.append(word)
    return files, subcommand, rest


def cli_fault(arguments):
    """Say what is wrong with a call of `enrichment`; nothing when it is right."""
    command = typer.main.get_command(app)
    context = typer.Context(command)
    at = list(arguments)
    while at and hasattr(command, "get_command"):
        found = command.get_command(context, at[0])
        if found is None:
            return f"no command {at[0]}"
        command, at = found, at[1:]
    options = {n for p in command.params for n in (*p.opts, *p.secondary_opts)}
    unknown = [w for w in at if w.startswith("--") and w.split("=")[0] not in options]
    return f"no option {unknown}" if unknown else None


@pytest.mark.parametrize(("guide", "command"), COMMANDS)
def test_a_command_exists_with_all_it_names(guide, command):
    called = words(command)
    if called[0] == "enrichment":
        assert cli_fault(called[1:]) is None
        return
    if called[:2] != ["docker", "compose"]:
        assert called[0] in {
            "make", "export", "docker", "curl", "services/stack-config.sh",
            "python", "scrapy", "uv", ".venv/bin/enrichment", ".venv/bin/pytest",
            "psql",
        }  # fmt: skip
        return
    files, subcommand, rest = compose_parts(called[2:])
    assert subcommand in SUBCOMMANDS
    assert all((PROJECT / file).exists() for file in files)
    services = rest[:1] if subcommand in {"exec", "run"} else rest
    assert set(services) <= SERVICES
    inside = rest[1:]
    if subcommand in {"exec", "run"} and inside[:1] == ["enrichment"]:
        assert cli_fault(inside[1:]) is None


def test_a_crawl_by_hand_is_one_that_prometheus_finds():
    crawls = [
        words(command)
        for _, command in COMMANDS
        if "docker compose run" in command and "scraper-" in command
    ]
    assert crawls
    for command in crawls:
        assert "--use-aliases" in command


def test_the_blocks_that_can_run_are_run_by_the_stack_test():
    marked = [block for block in SHELL if block.guide == GUIDE.name and block.mark]
    assert {block.mark for block in marked} == {"stack"}
    assert len(marked) >= 5
    assert 'mark == "stack"' in (PROJECT / "tests/stack/guides.py").read_text()


@pytest.mark.parametrize("block", list(blocks("promql")), ids=lambda b: b.guide)
def test_a_query_asks_for_series_that_exist(block: Block):
    assert not unknown_series(block.text)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda g: g.name)
def test_a_guide_names_only_series_that_exist(guide):
    queries = [
        text for text in re.findall(r"`([^`\n]+)`", guide.read_text()) if "(" in text
    ]
    assert not {name for query in queries for name in unknown_series(query)}


def test_the_guide_lists_every_metric_and_no_other():
    listed = re.findall(
        r"^\| `(enrichment_\w+)` \| (\w+) \| ([\w, ]*) \|",
        GUIDE.read_text(),
        re.MULTILINE,
    )
    exported = set()
    for family in metrics.REGISTRY.collect():
        if family.name.startswith("enrichment_"):
            suffix = "_total" if family.type == "counter" else ""
            exported.add((f"{family.name}{suffix}", family.type))
    assert {(name, kind) for name, kind, _ in listed} == exported


@pytest.mark.parametrize("guide", GUIDES, ids=lambda g: g.name)
def test_a_link_leads_somewhere(guide):
    text = guide.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        path = (guide.parent / file).resolve() if file else guide
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path.read_text()), target


def anchors(text):
    """Give the anchors that a page's headings make."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


def test_ports_in_the_guide_are_those_of_compose():
    compose = (PROJECT / "docker-compose.yml").read_text()
    published = set(re.findall(r":-(\d{4,5})\}:", compose))
    table = GUIDE.read_text().split("## Deploy", maxsplit=1)[0]
    assert published <= set(re.findall(r"\d{4,5}", table))
