"""Simulated providers that know a test's tracks, and workers that ask them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import pipeline


@pytest.fixture
def tracks() -> list[dict[str, Any]]:
    return pipeline.track_rows(20)


@pytest.fixture
def scale() -> str:
    """How many times as fast the providers' clock runs; by default no limit paces."""
    return "100"


@pytest.fixture
def settings() -> dict[str, str]:
    """What a module's workers are told beside their servers."""
    return {"ENRICHMENT_STOP_GRACE_SECONDS": "5"}


@pytest.fixture
def world(
    tracks: list[dict[str, Any]], scale: str, tmp_path
) -> Iterator[pipeline.Simulator]:
    file = pipeline.write_tracks(tmp_path / "tracks.jsonl", tracks)
    with pipeline.simulator(file, "--time-scale", scale) as running:
        yield running


@pytest.fixture
def workers(
    database_url, redis_url, rabbitmq_url, world, scale, settings, tmp_path
) -> Iterator[pipeline.Workers]:
    servers = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        "ENRICHMENT_TIME_SCALE": scale,
    }
    started = pipeline.Workers({**servers, **settings, **world.settings}, tmp_path)
    yield started
    started.end()
