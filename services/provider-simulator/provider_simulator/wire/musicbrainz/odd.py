"""MusicBrainz' odd answers: busy without headers; credits and rows as seen."""

import json
from typing import Any

from provider_simulator.odd_answers import Odd, text_refusal, without
from provider_simulator.wire import HTML_TYPE, XML_TYPE

_OVER_RATE = "Your requests are exceeding the allowable rate limit."
_BUSY = "The MusicBrainz web server is currently busy. Please try again later."
# https://musicbrainz.org/artist/89ad4ac3-39f7-470e-963a-56509c546377
_VARIOUS = "89ad4ac3-39f7-470e-963a-56509c546377"


def _isrcs_as_objects(row: dict[str, Any]) -> None:
    if "isrcs" in row:
        row["isrcs"] = [{"id": code} for code in row["isrcs"]]


def _credit_as_texts(row: dict[str, Any]) -> None:
    """Print what joins two artists between them, as older answers do."""
    parts: list[Any] = []
    for part in row.get("artist-credit", ()):
        join = part.pop("joinphrase", "")
        parts += [part, join] if join else [part]
    row["artist-credit"] = parts


def _video_beside(body: Any) -> None:  # noqa: ANN401 (JSON)
    """Put a video before the recording: of the same names, earlier, a little longer."""
    rows = body.get("recordings")
    if not rows:
        return
    video = json.loads(json.dumps(rows[0]))
    video |= {"id": f"{video['id'][:-4]}feed", "video": True}
    video |= {"length": video.get("length", 300_000) + 4_000, "isrcs": ["QZVID9900001"]}
    video["first-release-date"] = "1990-01-01"
    rows.insert(0, video)
    body["count"] += 1


def _various_first(row: dict[str, Any]) -> None:
    """Put a hits album of Various Artists, not marked as one, before all others."""
    if row.get("releases"):
        artist = {"id": _VARIOUS, "name": "Various Artists"}
        credit = [{"name": "Various Artists", "artist": artist}]
        hits = {"title": "Party Hits", "status": "Official", "date": "1990-01-01"}
        row["releases"].insert(0, hits | {"artist-credit": credit})


ODD = Odd(
    rows=("recordings",),
    refusals={
        # 503 without headers
        "busy_text": text_refusal(
            503, f"<error><text>{_BUSY}</text></error>", XML_TYPE
        ),
        "over_rate_text": text_refusal(503, f"<html>{_OVER_RATE}</html>", HTML_TYPE),
    },
    row_changes={
        "credit_missing": without("artist-credit"),
        "credit_as_texts": _credit_as_texts,
        "isrcs_missing": without("isrcs"),
        "isrcs_as_objects": _isrcs_as_objects,
        "various_first": _various_first,
    },
    body_changes={"video_beside": _video_beside},
)
