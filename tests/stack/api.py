"""The HTTP API as a client meets it: its token, its calls, its document."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.stack.compose import StackFault

# What docs/api.md lists.
PATHS = {
    "/healthz", "/readyz", "/metrics", "/tracks", "/tracks/{track_id}", "/queues",
    "/dead-letters", "/coverage", "/export", "/tracks/{track_id}/decision",
    "/review/questions", "/review/questions/{question_id}",
    "/review/questions/{question_id}/decision", "/review/decisions",
    "/review/decisions/{act_id}/undo", "/search", "/tracklists", "/review/files",
    "/review/files/{file_id}/decision",
}  # fmt: skip


@dataclass(frozen=True)
class Api:
    """
    The published port of metadata-enrichment.

    Args:
        token: what writing calls carry.
    """

    url: str
    token: str

    def call(
        self, path: str, body: Mapping[str, Any] | None = None, *, token: str = ""
    ) -> tuple[int, Any]:
        """Return status and JSON; with a body it is a POST."""
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def ask_for(self, artist: str, title: str) -> tuple[int, Any]:
        """Ask for a track as who knows the token."""
        wish = {"artist": artist, "title": title}
        return self.call("/tracks", wish, token=self.token)

    def faults(self, workers: int) -> list[str]:
        """Name what a reader gets that is not as documented."""
        found = [
            f"{path} gives {status}"
            for path in ("/healthz", "/readyz", "/dead-letters", "/coverage")
            if (status := self.call(path)[0]) != 200
        ]
        document = self.call("/openapi.json")[1]
        if set(document["paths"]) != PATHS:
            found.append(f"OpenAPI has {sorted(document['paths'])}")
        queues = self.call("/queues")[1]["queues"]
        consumers = queues["metadata_enrichment_queue"]["consumers"]
        # a worker that holds many messages has more than one
        if consumers < workers:
            found.append(f"/queues tells of {consumers} consumers")
        for wrong in ("", "not the token"):
            status, _ = self.call("/tracks", {"artist": "A", "title": "B"}, token=wrong)
            if status != 401:
                found.append(f"POST with the token {wrong!r} gives {status}")
        return found

    def completes(self, artist: str, title: str) -> Callable[[], bool]:
        """Ask for a track; give whether it is completed, to be asked for again."""
        status, receipt = self.ask_for(artist, title)
        if status != 202:
            raise StackFault(f"POST of a track gives {status}: {receipt}")
        path = f"/tracks/{receipt['track_id']}"
        return lambda: bool(self.call(path)[1]["status"] == "completed")

    def unexplained(self, track_id: str, artist: str, title: str) -> list[str]:
        """Name what is not told of a completed track, found by its names."""
        query = urllib.parse.urlencode({"artist": artist, "title": title})
        told = self.call(f"/tracks?{query}")[1]
        found = []
        if told["track_id"] != track_id:
            found.append(f"its names lead to {told['track_id']}, not to {track_id}")
        if not any(origin["provider"] for origin in told["fields"]):
            found.append("no field names its provider")
        if not told["providers"]:
            found.append("nothing is told of what providers said")
        return found
