"""What a consumer has done since it started."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any


@dataclass(slots=True)
class Statistics:
    """What this consumer has done since it started."""

    processed: int = 0
    succeeded: int = 0
    failed: int = 0
    requeued: int = 0
    started: float = field(default_factory=perf_counter)

    def facts(self) -> dict[str, Any]:
        """Return the numbers of the sentence `Consumer Statistics`."""
        seconds = perf_counter() - self.started
        return {
            "processed": self.processed,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "requeued": self.requeued,
            "throughput": round(self.processed / seconds, 2) if seconds else 0.0,
        }
