"""JSPF, the JSON form of XSPF, with the identifiers that ListenBrainz reads."""

from collections.abc import AsyncGenerator
from typing import Any

import orjson

from enrichment.exports.json_lines import of
from enrichment.exports.row import ExportRow, Head, Rows
from enrichment.providers.registry import SPECS
from enrichment.providers.spec import LicenceClass

# An extension is named by a URI of its owner's choice.
EXTENSION = "urn:songnodes:enrichment:1"
# Whose pages say which recording it is; what anybody may keep comes first.
_KNOWING = sorted(
    (spec for spec in SPECS.values() if spec.knows_recordings and spec.pages),
    key=lambda spec: spec.terms.licence is not LicenceClass.CC0,
)


async def encode(rows: Rows, head: Head) -> AsyncGenerator[bytes, None]:
    """Yield one playlist; its tracks are written as they come."""
    facts: dict[str, Any] = {"title": head.title}
    if head.notices:
        facts["annotation"] = " ".join(head.notices)
    yield b'{"playlist":' + orjson.dumps(facts)[:-1] + b',"track":['
    separator, number = b"\n", 0
    async for some in rows:
        tracks = []
        for row in some:
            number += 1
            tracks.append(orjson.dumps(_track(row, number)))
        yield separator + b",\n".join(tracks)
        separator = b",\n"
    yield b"\n]}}\n"


def _track(row: ExportRow, number: int) -> dict[str, Any]:
    values = row.values
    facts = {
        "title": row.title,
        "creator": row.artist,
        "album": values.get("album"),
        "duration": values.get("duration_ms"),
        "trackNum": number,
        "identifier": _identifiers(row),
        "image": values.get("artwork_url"),
        "info": values.get("lastfm_url"),
        "extension": {EXTENSION: [_ours(row)]},
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, [])}


def _identifiers(row: ExportRow) -> list[str]:
    return [
        page
        for spec in _KNOWING
        if (id_ := row.values.get(spec.id_column or ""))
        and spec.pages
        and (page := spec.pages.page_of(str(id_)))
    ]


def _ours(row: ExportRow) -> dict[str, Any]:
    """Return what the format has no room for: all values, and who gave them."""
    cue = row.entry.cue_seconds if row.entry else None
    facts = {"track_id": row.track_id, "cue_seconds": cue, **row.values}
    said = {name: of(origin) for name, origin in row.origins.items()}
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return {**known, "provenance": said}
