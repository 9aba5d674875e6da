"""When which spider runs: a TOML file as values, or all that is wrong with it."""

import re
import tomllib
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated, Any

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LENGTH = re.compile(r"(\d{1,6})\s*([smhd])")


class SchedulesInvalid(ValueError):  # noqa: N818 (named as the file is)
    """A file that is no schedule; the message names every fault."""


def _length(value: object) -> object:
    """Read "90s", "15m", "6h" or "1d"."""
    found = _LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not int(found[1]):
        raise ValueError('takes a length of time: "90s", "15m", "6h" or "1d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Length = Annotated[timedelta, BeforeValidator(_length)]


class Schedule(BaseModel):
    """
    One crawl and its turns.

    Args:
        name: its own in the file; a crawl of one name never runs twice at once.
        arguments: the spider's, as `python -m scrapers.crawl … -a NAME=VALUE`.
        cron: five fields, UTC; weekdays by name.
        every: from the orchestrator's start on, the first turn at once.
        longest: after this it is ended, gently.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    spider: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    arguments: dict[str, str | int] = Field(default_factory=dict)
    cron: str | None = None
    every: Length | None = None
    longest: Length = timedelta(hours=6)

    @field_validator("cron")
    @classmethod
    def _cron_of_five_fields(cls, value: str | None) -> str | None:
        if value is not None:
            # APScheduler counts weekdays from Monday, cron from Sunday
            # https://github.com/agronholm/apscheduler/issues/286
            if re.search(r"\d\S*$", value):
                raise ValueError("name the days of the week: mon-fri, sun")
            _cron(value)
        return value

    @model_validator(mode="after")
    def _has_turns(self) -> "Schedule":
        if (self.cron is None) == (self.every is None):
            raise ValueError("needs either cron or every")
        return self

    @property
    def trigger(self) -> BaseTrigger:
        """When its turns are."""
        if self.cron is not None:
            return _cron(self.cron)
        assert self.every is not None  # noqa: S101 (checked when read)
        return IntervalTrigger(seconds=self.every.total_seconds(), timezone=UTC)

    @property
    def source(self) -> str:
        """What the crawl calls itself in metrics."""
        return str(self.arguments.get("source", self.spider))


class Schedules(BaseModel):
    """
    The whole file.

    Args:
        at_once: crawls of any name that run side by side, at most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: Annotated[int, Field(ge=1, le=16)] = 2
    crawl: tuple[Schedule, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> "Schedules":
        names = [schedule.name for schedule in self.crawl]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two crawls of the name {', '.join(twice)}")
        return self


def read_schedules(path: Path) -> Schedules:
    """
    Read the file.

    Raises:
        SchedulesInvalid: naming every fault, all at once.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SchedulesInvalid(f"{path}: {error}") from error
    try:
        return Schedules.model_validate(document)
    except ValidationError as error:
        faults = [
            f"{_place(document, fault['loc'])}{fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise SchedulesInvalid(f"{path}: {'; '.join(faults)}") from error


def _cron(expression: str) -> CronTrigger:
    return CronTrigger.from_crontab(expression, timezone=UTC)


def _place(document: dict[str, Any], place: tuple[str | int, ...]) -> str:
    """Name the crawl that a fault is in, as the file does."""
    if len(place) < 2 or place[0] != "crawl":
        return f"{'.'.join(map(str, place))}: " if place else ""
    entry = document["crawl"][place[1]]
    name = entry.get("name") if isinstance(entry, dict) else None
    rest = ".".join(map(str, place[2:]))
    return f"crawl {name or int(place[1]) + 1}: {rest + ': ' if rest else ''}"
