"""Good tracks, servers, a simulator, workers and the service for hostile cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pipeline
from tests.hostile.ground import GOOD_TRACKS, Ground
from tests.service import Serve, starter

# Limits that never pace a case; the simulator's own are off the clock as fast.
UNPACED = {
    "ENRICHMENT_TIME_SCALE": "100",
    "ENRICHMENT_STOP_GRACE_SECONDS": "5",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A busy machine may take its time; conditions have deadlines of their own."""
    folder = Path(__file__).parent
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture
def servers(database_url: str, redis_url: str, rabbitmq_url: str) -> dict[str, str]:
    """Our own servers, empty, as an environment names them."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        **UNPACED,
    }


@pytest.fixture
def ground(servers: dict[str, str], tmp_path: Path) -> Iterator[Ground]:
    """Give a case its place: the topology declared, a world that knows the tracks."""
    tracks = pipeline.track_rows(GOOD_TRACKS)
    file = pipeline.write_tracks(tmp_path / "tracks.jsonl", tracks)
    pipeline.declare(servers["RABBITMQ_URL"])
    with pipeline.simulator(file, "--time-scale", "100") as world:
        environment = {**servers, **world.settings}
        workers = pipeline.Workers(environment, tmp_path)
        yield Ground(environment, tracks, world, workers)
        workers.end()


@pytest.fixture
def serve(servers: dict[str, str], tmp_path: Path) -> Serve:
    """What starts the HTTP service on a free port."""
    return starter(servers, tmp_path)
