"""JSON logs: an event name, the sentence users search for, facts as fields."""

import logging
import sys
from typing import Any

import structlog


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
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak when something is wrong; their addresses may hold passwords below.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, force=True)


def get(stage: str) -> Any:  # noqa: ANN401 (structlog's loggers are built dynamically)
    """Give the logger of a stage; `log.info(sentence, event_name=…, **facts)`."""
    return structlog.get_logger(stage=stage)
