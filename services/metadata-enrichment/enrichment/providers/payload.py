"""Read decoded JSON in which anything may be missing, null or of another type."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from email.utils import parsedate_to_datetime

import orjson

from enrichment.errors import Transient
from enrichment.providers import HttpResponse

# A longer "recording" is a wrong number.
LONGEST_MS = 24 * 60 * 60 * 1000
# Columns are bigint.
_LARGEST = 2**63 - 1
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
# No recording is older; MusicBrainz holds "0000" and Spotify "0001" for unknown.
_FIRST_YEAR = 1860


def json_object(response: HttpResponse) -> Mapping[str, object]:
    """
    Decode the body.

    Raises:
        Transient: no JSON object: a cut body, a gateway's page, another format.
    """
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        raise Transient(
            f"HTTP {response.status} with {len(response.body)} bytes that are no JSON",
            status=response.status,
        ) from error
    if not isinstance(body, dict):
        raise Transient(
            f"HTTP {response.status} with JSON that is no object",
            status=response.status,
        )
    return body


def error_object(response: HttpResponse) -> Mapping[str, object]:
    """Decode the body of a refusal; empty where it is text, as Spotify's may be."""
    try:
        return json_object(response)
    except Transient:
        return {}


def text(value: object) -> str | None:
    """Give a string that is not blank; U+0000 is dropped: Postgres cannot hold it."""
    if not isinstance(value, str):
        return None
    return value.replace("\x00", "").strip() or None


def number(value: object, *, most: int = _LARGEST) -> int | None:
    """Give a whole number from 0 to `most`; digits in a string are one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        whole = int(float(value)) if isinstance(value, str) else int(value)
    except (ValueError, OverflowError):
        return None
    return whole if 0 <= whole <= most else None


def milliseconds(value: object) -> int | None:
    """Give a duration; 0 means unknown everywhere."""
    return number(value, most=LONGEST_MS) or None


def mapping(value: object) -> Mapping[str, object]:
    """Give an object, empty when it is anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, object]]:
    """Give a list's objects; one object stands for a list of one (Last.fm)."""
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict)]


def isrc(value: object) -> str | None:
    """Give an ISRC in upper case without dashes, or None when it is not one."""
    if not isinstance(value, str):
        return None
    plain = value.replace("-", "").replace(" ", "").upper()
    return plain if _ISRC.fullmatch(plain) else None


def partial_date(value: object) -> str | None:
    """Give a date or its known part ("2010", "2010-04"), or None when impossible."""
    parts = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if parts is None:
        return None
    year, month, day = (int(part) if part else None for part in parts.groups())
    try:
        date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    return parts.group() if year and year >= _FIRST_YEAR else None


def weighted(counts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Give names with weights 0..100, relative to the best, best first."""
    known: dict[str, int] = {}
    for name, count in counts:
        known[name] = max(count, known.get(name, 0))
    best = max(known.values(), default=0)
    if best == 0:
        return ()
    ranked = sorted(known.items(), key=lambda one: -one[1])
    return tuple((name, round(100 * count / best)) for name, count in ranked if count)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """
    Give what `Retry-After` says, in full; None when it says nothing.

    A date is read against the response's own `Date`, so that clocks need not agree.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", said, re.ASCII):
        seconds = float(said)
        return seconds if seconds < _LARGEST else None
    try:
        until = parsedate_to_datetime(said)
        return max(
            0.0, (until - parsedate_to_datetime(headers["date"])).total_seconds()
        )
    except (KeyError, ValueError, TypeError):
        return None
