"""The good tracks of a case, and what must be true of them when it is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enrichment.contract import queues
from tests import pipeline

GOOD_TRACKS = 40


@dataclass(frozen=True)
class Ground:
    environment: Mapping[str, str]
    tracks: Sequence[Mapping[str, Any]]
    world: pipeline.Simulator
    workers: pipeline.Workers

    @property
    def broker_url(self) -> str:
        return self.environment["RABBITMQ_URL"]

    def rows(self, query: str, *arguments: object) -> list[Any]:
        return pipeline.rows(self.environment["DATABASE_URL"], query, *arguments)

    def publish_good(self, first: int = 0, last: int | None = None) -> None:
        chosen = self.tracks[first:last]
        pipeline.publish(self.broker_url, pipeline.requests_of(chosen))

    def good_done(self) -> int:
        ids = [track["track_id"] for track in self.tracks]
        return self.rows(
            "SELECT count(*) AS n FROM tracks"
            " WHERE status = 'completed' AND track_id = ANY ($1::uuid[])",
            ids,
        )[0]["n"]

    def until_good_are_done(self, seconds: float = 120) -> None:
        def done() -> bool:
            self.no_worker_ended()
            return self.good_done() == len(self.tracks)

        pipeline.until(done, seconds)

    def until_letters(self, count: int) -> None:
        """Wait until so many dead letters stand in their queue."""
        pipeline.until(
            lambda: pipeline.depth(self.broker_url, queues.DEAD_LETTER_QUEUE) == count
        )

    def no_worker_ended(self) -> None:
        ended = [w.said() for w in self.workers.started if w.process.poll() is not None]
        assert ended == [], "a worker ended"

    def nobody_suffered(self) -> list[tuple[dict[str, Any], bytes]]:
        """Assert what must hold after every case; give the dead letters, taken out."""
        self.no_worker_ended()
        assert self.good_done() == len(self.tracks)
        letters = pipeline.dead_letters(self.broker_url)
        good = [track["track_id"].encode() for track in self.tracks]
        lost = [body for _, body in letters if any(g in body for g in good)]
        assert lost == [], "a good track is a dead letter"
        return letters
