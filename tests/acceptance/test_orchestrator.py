"""The orchestrator as a process: turns, one crawl of a name at once, a gentle end."""

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.crawls import PROJECT, Answer, Site, environment, rows, wait_until

__all__ = ["environment"]

pytestmark = pytest.mark.timeout(300)

TRACKS = "1. Vela Nord - Harbour Lights [Tidewater]\n2. ID - ID\n3. Pia - Halyard\n"


@dataclass
class Running:
    process: subprocess.Popen
    log: Path

    def said(self):
        return self.log.read_text(encoding="utf-8")

    def page(self, path):
        wait_until(lambda: "metrics on port" in self.said())
        port = re.search(r"metrics on port (\d+)", self.said())[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.read().decode()

    def value(self, name, **labels):
        """Give a series' value; None where there is no such series."""
        for family in text_string_to_metric_families(self.page("/metrics")):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None

    def ended(self, outcome, schedule):
        return self.value(
            "enrichment_crawls_run_total", outcome=outcome, schedule=schedule
        )

    def crawls(self):
        """Give its children that crawl."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "scrapers.crawl" in child.cmdline()]


@pytest.fixture
def orchestrate(environment, tmp_path):
    @contextmanager
    def started(schedules, **variables):
        file = tmp_path / "schedules.toml"
        file.write_text(schedules)
        log = tmp_path / f"orchestrator-{len(list(tmp_path.glob('*.log')))}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scrapers.orchestrator"],
                cwd=PROJECT,
                env={
                    "PATH": "/usr/bin:/bin",
                    # its locks: not those of other tests
                    "TMPDIR": str(tmp_path),
                    "SCRAPER_SCHEDULES": str(file),
                    **environment,
                    **variables,
                },
                stdout=output,
                stderr=output,
            )
        running = Running(process, log)
        try:
            yield running
        finally:
            if process.poll() is None:
                for crawl in running.crawls():
                    crawl.kill()
            process.kill()
            process.wait(timeout=60)

    return started


@pytest.fixture
def folder(tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "set.txt").write_text(TRACKS)
    return lists


def files(folder, every="1d", name="files"):
    return (
        f'[[crawl]]\nname = "{name}"\nspider = "tracklist_files"\nevery = "{every}"\n'
        f'arguments = {{ path = "{folder}" }}\n'
    )


@pytest.fixture
def slow_site():
    """A site whose robots.txt wants minutes between requests: a crawl that lasts."""
    pages = {"/robots.txt": Answer(b"User-agent: *\nCrawl-delay: 500\n")}
    with Site(pages) as site:
        yield site


def slow(site, every="1d"):
    schedule = (
        f'[[crawl]]\nname = "slow"\nspider = "mixesdb"\nevery = "{every}"\n'
        'arguments = { pages = "A|B|C" }\n'
    )
    return schedule, {
        "MIXESDB_BASE_URL": site.url,
        "CRAWL_LONGEST_DELAY_SECONDS": "600",
    }


def test_a_crawl_is_run_and_its_end_report_is_counted(orchestrate, folder, environment):
    with orchestrate(files(folder)) as running:
        wait_until(lambda: running.ended("achieved", "files") == 1)

        for name, labels, value in (
            ("enrichment_rows_scraped_total", {"outcome": "stored"}, 2),
            ("enrichment_rows_scraped_total", {"outcome": "unidentified"}, 1),
            ("enrichment_tracklists_crawled_total", {"outcome": "parsed"}, 1),
            ("enrichment_crawl_tracks_total", {"novelty": "new"}, 2),
            ("enrichment_messages_published_total", {"outcome": "confirmed"}, 2),
            ("enrichment_messages_published_total", {"outcome": "failed"}, 0),
            ("enrichment_crawls_run_total", {"outcome": "failed"}, 0),
            ("enrichment_crawls_active", {"schedule": "files"}, 0),
        ):
            assert running.value(name, **labels) == value, name
        succeeded = running.value("enrichment_crawl_last_success_timestamp_seconds")
        assert running.value("enrichment_crawl_next_timestamp_seconds") > succeeded > 0
    assert len(rows(environment["DATABASE_URL"], "SELECT 1 FROM tracks")) == 2


def test_a_turn_that_comes_while_the_crawl_runs_is_left_out(orchestrate, slow_site):
    schedules, variables = slow(slow_site, every="1s")
    with orchestrate(schedules, **variables) as running:
        wait_until(
            lambda: (
                (running.value("enrichment_crawls_skipped_total", schedule="slow") or 0)
                > 1
            ),
        )

        assert running.value("enrichment_crawls_active", schedule="slow") == 1
        assert running.said().count("slow: mixesdb begins") == 1


def test_the_next_turn_crawls_again(orchestrate, folder):
    with orchestrate(files(folder, every="1s")) as running:
        wait_until(lambda: running.ended("achieved", "files") >= 2)

        marks = re.findall(r"files: (tracklist_files begins|achieved)", running.said())
    assert marks[:4] == ["tracklist_files begins", "achieved"] * 2


def test_a_crawl_that_is_refused_stops_no_other(orchestrate, folder):
    wrong = '[[crawl]]\nname = "wrong"\nspider = "mixesdb"\nevery = "1d"\n'
    with orchestrate(wrong + files(folder)) as running:
        wait_until(lambda: running.ended("refused", "wrong") == 1)
        wait_until(lambda: running.ended("achieved", "files") == 1)

        assert "mixesdb needs -a query" in running.said()


def test_no_more_crawls_than_allowed_run_side_by_side(orchestrate, folder):
    both = files(folder, name="one") + files(folder, name="two")
    with orchestrate("at_once = 1\n" + both) as running:
        wait_until(lambda: running.ended("achieved", "two") == 1)

        marks = re.findall(r"(?:one|two): (\w+) ", running.said())
    assert marks[:4] == ["tracklist_files", "achieved"] * 2


def test_told_to_stop_it_ends_its_crawls_gently(orchestrate, slow_site):
    schedule, variables = slow(slow_site)
    with orchestrate(schedule, **variables) as running:
        wait_until(lambda: "/robots.txt" in slow_site.paths)
        [crawl] = running.crawls()

        running.process.send_signal(signal.SIGTERM)

        assert running.process.wait(timeout=120) == 0
        assert not crawl.is_running()
        # no tracklist found, said by the crawl itself: one that is killed gives -9
        assert re.search("slow: stopped .* exit code 1,", running.said())
        assert "Spider closed (shutdown)" in running.said()
        assert slow_site.paths == ["/robots.txt"]
        assert "Traceback" not in running.said()


def test_a_crawl_that_takes_too_long_is_ended(orchestrate, slow_site):
    schedule, variables = slow(slow_site)
    with orchestrate(schedule + 'longest = "5s"\n', **variables) as running:
        wait_until(lambda: running.ended("stopped", "slow") == 1)

        assert re.search("slow: stopped .* exit code 1,", running.said())
        assert running.page("/healthz") == '{"alive": true}'


def test_a_crawl_that_outlived_its_orchestrator_is_not_run_twice(
    orchestrate, slow_site
):
    schedule, variables = slow(slow_site)
    with orchestrate(schedule, **variables) as first:
        wait_until(lambda: "/robots.txt" in slow_site.paths)
        [orphan] = first.crawls()
        first.process.kill()
        first.process.wait(timeout=60)
        try:
            with orchestrate(schedule, **variables) as second:
                skipped = "enrichment_crawls_skipped_total"
                wait_until(lambda: second.value(skipped, schedule="slow") == 1)
                assert second.crawls() == []
        finally:
            orphan.kill()


def test_a_crawl_that_was_killed_is_told_and_others_go_on(orchestrate, slow_site):
    schedule, variables = slow(slow_site)
    with orchestrate(schedule, **variables) as running:
        wait_until(lambda: "/robots.txt" in slow_site.paths)

        running.crawls()[0].kill()

        wait_until(lambda: running.ended("killed", "slow") == 1)
        assert running.process.poll() is None


def test_without_schedules_it_is_well_and_says_so(orchestrate):
    with orchestrate("") as running:
        assert running.page("/healthz") == '{"alive": true}'
        assert "nothing is crawled" in running.said()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            running.page("/elsewhere")


@pytest.mark.parametrize(
    ("schedules", "variables", "told"),
    [
        ("[[crawl]]\n", {}, "crawl 1: name"),
        (
            '[[crawl]]\nname = "a"\nspider = "nobody"\nevery = "1h"\n',
            {},
            "crawl a: no spider 'nobody'; there are mixesdb",
        ),
        ("", {"ENRICHMENT_CRAWL_METRICS_PORT": "x"}, "ENRICHMENT_CRAWL_METRICS_PORT"),
        ("", {"SCRAPER_SCHEDULES": "/no/such.toml"}, "/no/such.toml"),
    ],
)
def test_what_is_wrong_is_told_before_anything_runs(
    orchestrate, schedules, variables, told
):
    with orchestrate(schedules, **variables) as running:
        assert running.process.wait(timeout=120) == 78
        assert told in running.said()
        assert "Traceback" not in running.said()
