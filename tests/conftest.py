"""Servers and recorded data for tests: skipped locally when missing, failed in CI."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def missing(what: str) -> None:
    """Skip on a developer's machine; in CI nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI skips nothing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded pages, tracklists, provider answers and labelled pairs."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("../shared/data")
    return folder
