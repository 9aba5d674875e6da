"""What a crawl and the orchestrator end with, where nothing has to be crawled."""

import sys

import pytest

from scrapers import crawl, orchestrator
from scrapers.report import crawl_report

PARSED = {"crawl/pages/parsed": 3}
SETTINGS = "scrapers.settings"


@pytest.fixture
def _as_in_a_process_of_its_own():
    """Scrapy's settings are read once, by whichever test of a process comes first."""
    before = sys.modules.pop(SETTINGS, None)
    yield
    sys.modules.pop(SETTINGS, None)
    if before is not None:
        sys.modules[SETTINGS] = before


@pytest.mark.parametrize(
    ("stats", "achieved"),
    [
        ({}, False),
        ({**PARSED, "crawl/tracklists/stored": 3}, True),
        ({**PARSED, "crawl/tracklists/unchanged": 3}, True),
        ({**PARSED, "crawl/tracklists/stored": 1, "crawl/tracklists/dropped": 2}, True),
        ({**PARSED, "crawl/tracklists/dropped": 3}, False),
    ],
    ids=["no page", "stored", "known", "one refused", "all refused by Postgres"],
)
def test_a_crawl_that_stored_nothing_of_what_it_saw_achieved_nothing(stats, achieved):
    assert crawl_report("mixesdb", stats).achieved is achieved


@pytest.mark.usefixtures("_as_in_a_process_of_its_own")
@pytest.mark.parametrize("report", ["/proc/nothing/report.json", "/"])
def test_a_report_that_cannot_be_written_is_told_before_the_crawl(
    report, capsys, monkeypatch, tmp_path
):
    for name, scheme in (("DATABASE", "postgresql"), ("RABBITMQ", "amqp")):
        monkeypatch.setenv(f"{name}_URL", f"{scheme}://u:p@127.0.0.1:1/x")

    code = crawl.main(["tracklist_files", "-a", f"path={tmp_path}", "--report", report])

    assert code == 73
    assert f"crawl: --report {report}: cannot be written" in capsys.readouterr().err


def test_asked_for_help_the_orchestrator_starts_nothing(capsys):
    with pytest.raises(SystemExit) as ended:
        orchestrator.main(["--help"])

    assert ended.value.code == 0
    assert "SCRAPER_SCHEDULES" in capsys.readouterr().out
