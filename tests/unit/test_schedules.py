"""The file that says when which spider runs, and what is told of its faults."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scrapers.orchestrator.schedules import SchedulesInvalid, read_schedules

PROJECT = Path(__file__).resolve().parents[2]
# a Friday
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    def written(text):
        file = tmp_path / "schedules.toml"
        file.write_text(text)
        return read_schedules(file)

    return written


def crawl(**facts):
    given = {"name": '"a"', "spider": '"mixesdb"', "every": '"1h"'} | facts
    lines = [f"{name} = {value}" for name, value in given.items() if value]
    return "\n".join(["[[crawl]]", *lines, ""])


def test_the_example_is_a_schedule():
    schedules = read_schedules(PROJECT / "scrapers/schedules.example.toml")

    assert [one.name for one in schedules.crawl] == [
        "files", "mixesdb-techno", "mixesdb-archive",
    ]  # fmt: skip
    assert schedules.crawl[0].every == timedelta(minutes=15)


def test_an_empty_file_schedules_nothing(read):
    assert read("").crawl == ()


@pytest.mark.parametrize(
    ("cron", "at"),
    [
        ("15 3 * * *", datetime(2026, 11, 28, 3, 15, tzinfo=UTC)),
        ("15 3 * * mon-fri", datetime(2026, 11, 30, 3, 15, tzinfo=UTC)),
        ("*/10 * * * *", datetime(2026, 11, 27, 12, 10, tzinfo=UTC)),
        ("0 0 1 * sun", datetime(2027, 8, 1, tzinfo=UTC)),
    ],
)
def test_cron_is_read_as_utc(read, cron, at):
    [schedule] = read(crawl(every="", cron=f'"{cron}"')).crawl

    after = NOW + timedelta(seconds=1)
    assert schedule.trigger.get_next_fire_time(None, after) == at


@pytest.mark.parametrize(
    ("length", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21600), ("1d", 86400)]
)
def test_lengths_have_units(read, length, seconds):
    [schedule] = read(crawl(every=f'"{length}"')).crawl

    assert schedule.every.total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("crawl = 5", "crawl"),
        ("at_once = 0", "at_once"),
        ("[[crawls]]", "crawls"),
        ("[[crawl]", "line 1"),
        (crawl(name='"A b"'), "name"),
        (crawl(spider=""), "spider"),
        (crawl(spidr='"x"'), "spidr"),
        (crawl(every=""), "cron or every"),
        (crawl(cron='"1 * * * *"'), "cron or every"),
        (crawl(every='"0s"'), "every"),
        (crawl(every='"soon"'), "every"),
        (crawl(every="5"), "every"),
        (crawl(every="", cron='"* * * *"'), "cron"),
        (crawl(every="", cron='""'), "cron"),
        (crawl(every="", cron='"61 * * * *"'), "cron"),
        (crawl(every="", cron='"0 3 * * 0"'), "name the days of the week"),
        (crawl(arguments="{ a = [1] }"), "arguments.a"),
        (crawl() + crawl(), "two crawls of the name a"),
    ],
)
def test_a_fault_is_told_with_its_place(read, text, told):
    with pytest.raises(SchedulesInvalid, match=r"schedules\.toml") as raised:
        read(text)

    assert told in str(raised.value)


def test_every_fault_is_told_at_once(read):
    with pytest.raises(SchedulesInvalid) as raised:
        read(crawl(name='"one"', every='"x"') + crawl(name='"two"', spider='"?"'))

    assert "crawl one: every" in str(raised.value)
    assert "crawl two: spider" in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SchedulesInvalid, match="No such file"):
        read_schedules(tmp_path / "none.toml")
