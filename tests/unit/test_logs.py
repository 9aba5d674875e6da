"""Log lines go to the standard error of the moment in which they are written."""

import io
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog

from enrichment import logs


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("_logging_as_before")
def test_a_logger_outlives_the_standard_error_it_was_made_for() -> None:
    log = logs.get("a stage")
    with redirect_stderr(io.StringIO()) as first:
        logs.configure()
        log.warning("The first line.")
    first_lines = first.getvalue()
    first.close()
    with redirect_stderr(io.StringIO()) as second:
        log.warning("The second line.")
    assert "The first line." in first_lines
    assert "The second line." in second.getvalue()
    assert sys.stderr is not second
