"""JSON logs: an event name, the sentence users search for, facts as fields."""

import io
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import orjson
import structlog

from enrichment.contract.texts import log_lines, own_secrets


class _StandardError(io.TextIOBase):
    """Standard error as it is when a line is written: loggers may outlive it."""

    def write(self, text: str, /) -> int:
        """Write to the standard error of now; return the number of characters."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush the standard error of now."""
        if not sys.stderr.closed:
            sys.stderr.flush()


_standard_error = cast("TextIO", _StandardError())


def configure(level: str = "INFO", *, colours: bool = False) -> None:
    """Send every record to standard error; people at a terminal get colours."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if colours
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
            _without_secrets,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(_standard_error),
        cache_logger_on_first_use=True,
    )
    # Libraries speak when something is wrong; their addresses may hold passwords below.
    logging.basicConfig(level=logging.ERROR, stream=_standard_error, force=True)
    log_lines.install()


def _without_secrets(
    _: object,
    __: str,
    line: Any,  # noqa: ANN401 (the renderer before it gives a text)
) -> str:
    """Replace our secrets in the finished line, whichever field or trace holds them."""
    return own_secrets.hidden(line)


def get(stage: str) -> Any:  # noqa: ANN401 (structlog's loggers are built dynamically)
    """Return the logger of a stage; `log.info(sentence, event_name=…, **facts)`."""
    return structlog.get_logger(stage=stage)


def each(stage: str, records: Iterable[Mapping[str, str]]) -> None:
    """
    Log many records of one moment, told at level INFO, with a single write.

    A line for each track of a batch would else cost more than enriching it.

    Args:
        records: the sentence as `event`, facts beside it.
    """
    log = get(stage).bind()
    if not log.is_enabled_for(logging.INFO):
        return
    if not any(
        isinstance(step, structlog.processors.JSONRenderer)
        for step in structlog.get_config()["processors"]
    ):
        for record in records:
            log.info(**record)
        return
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    shared = {"stage": stage, "level": "info", "timestamp": moment}
    lines = [orjson.dumps({**record, **shared}).decode() for record in records]
    if lines:
        sys.stderr.write(own_secrets.hidden("\n".join(lines)) + "\n")
        sys.stderr.flush()
