"""JSON Lines: what `enrichment parse` prints, and songs of others, an object a line."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from scrapers.tracklists.answers import credit_of, seconds_of, text_of
from scrapers.tracklists.bounds import MAX_ROWS, Bounds
from scrapers.tracklists.facts import Facts, facts
from scrapers.tracklists.names import row_of_entry, row_of_name
from scrapers.tracklists.tracklist import (
    LeftOut,
    NoTracklist,
    NotUnderstood,
    Row,
    Tracklist,
)

_TITLES = ("full_title", "title", "track", "song", "name")
_ARTISTS = ("artist", "artist_name", "creator")
_NAMES_NO_TRACK = "names no track"
_IS_NO_JSON = "cannot be read as JSON"


def looks_like_lines(text: str) -> bool:
    """Recognise them by an object in the first line and one begun in the second."""
    first, _, rest = text.lstrip().partition("\n")
    if not first.rstrip().endswith("}") or not first.startswith("{"):
        return False
    is_one_of_ours = '"raw":' in first and '"track_id":' in first
    return rest.lstrip().startswith("{") or (not rest.strip() and is_one_of_ours)


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the objects; where the positions begin again, another tracklist begins.

    Raises:
        NoTracklist: no line names a track.
        NotUnderstood: very many lines are none of a list.
    """
    lists: list[list[Row]] = []
    left_out: list[LeftOut] = []
    bounds = Bounds()
    last = 0
    for line, fields in _objects(content):
        if isinstance(fields, str):
            left_out.append(LeftOut(line[:200], fields, within=True))
            if len(left_out) > MAX_ROWS:
                raise NotUnderstood("more lines of it name no track than any list has")
            continue
        position = fields.get("position")
        if not lists or (isinstance(position, int) and position <= last):
            lists.append([])
        last = position if isinstance(position, int) else last
        row = _row(len(lists[-1]) + 1, fields)
        if row is None:
            left_out.append(LeftOut(line[:200], _NAMES_NO_TRACK, within=True))
        else:
            lists[-1].extend(bounds.counted([row]))
    filled = [Tracklist(format="jsonl", rows=tuple(rows)) for rows in lists if rows]
    if not filled:
        raise NoTracklist("no line of it names a track")
    return (replace(filled[0], left_out=tuple(left_out)), *filled[1:])


def _objects(content: str) -> Iterator[tuple[str, dict[str, object] | str]]:
    """Yield each line with its object, or with the reason why there is none."""
    for line in content.split("\n"):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            yield line, _IS_NO_JSON
            continue
        yield line, fields if isinstance(fields, dict) else _NAMES_NO_TRACK


def _row(position: int, fields: Mapping[str, object]) -> Row | None:
    artist = next((credit_of(fields[name]) for name in _ARTISTS if name in fields), "")
    title = next((t for name in _TITLES if (t := text_of(fields.get(name)))), "")
    raw = fields.get("raw")
    printed = raw if isinstance(raw, str) else ""
    if not title and not printed:
        return None
    cue = seconds_of(fields.get("cue_seconds"))
    if not artist and not title:
        row = row_of_name(position, printed, cue_seconds=cue)
        row = row._replace(facts=_facts(fields))
    else:
        row = row_of_entry(
            position,
            artist,
            title,
            label=text_of(fields.get("label")) or None,
            cue_seconds=cue,
            facts=_facts(fields),
        )
    return row._replace(
        raw=printed or row.raw,
        catalog_number=row.catalog_number
        or text_of(fields.get("catalog_number"))
        or None,
        played_with_previous=fields.get("played_with_previous") is True,
    )


def _facts(fields: Mapping[str, object]) -> Facts:
    return facts(
        isrc=fields.get("isrc"),
        duration_ms=fields.get("duration_ms"),
        bpm=fields.get("bpm"),
        key=fields.get("camelot_key"),
        album=fields.get("album"),
        released=fields.get("released"),
        artwork=fields.get("artwork_url"),
        location=fields.get("location"),
    )
