"""Questions and decisions as JSON objects: what `enrichment match` reads and prints."""

from collections.abc import Mapping
from typing import Any

from enrichment import matching
from enrichment.contract.identity.titles import parse_name
from enrichment.model import Candidate, ProviderName, Wanted

# Decisions make many short-lived objects and no cycles: the collector may look rarely.
COLLECT_AFTER = (50_000, 20, 100)


class MatchLineInvalid(ValueError):  # noqa: N818 (named as the field names it)
    """A line that asks nothing that can be decided; the message names the field."""


def match_json(item: object) -> dict[str, Any]:
    """
    Decide one question given as a JSON object.

    Args:
        item: `{"query": {artist, title, …}, "candidates": [{id, artist, title, …}]}`;
            optional in both: album, duration_ms, isrc, year.

    Raises:
        MatchLineInvalid: not of this shape.
    """
    fields = _object(item, "the line")
    if "query" not in fields:
        raise MatchLineInvalid("query: missing")
    wanted = wanted_of(_object(fields["query"], "query"), "query")
    listed = fields.get("candidates", [])
    if not isinstance(listed, list):
        raise MatchLineInvalid("candidates: must be a list")
    candidates, ids = list[Candidate](), list[Any]()
    for number, entry in enumerate(listed):
        where = f"candidates[{number}]"
        described = _object(entry, where)
        ids.append(_id(described, where))
        # ids stay as they came, whatever their type; ours is the place in the list
        candidates.append(candidate_of(described, f"{number:09}", where))
    decision = matching.decide(
        wanted, candidates, named=lambda candidate: str(ids[int(candidate.id)])
    )
    chosen = decision.candidate
    return {
        "decision": decision.verdict.value,
        "id": ids[int(chosen.id)] if chosen else None,
        "score": round(decision.score, 4),
        "reasons": list(decision.reasons),
    }


def wanted_of(fields: Mapping[str, Any], where: str = "query") -> Wanted:
    """Read what is wanted."""
    return Wanted(
        track_id="",
        name=parse_name(_text(fields, "artist", where), _text(fields, "title", where)),
        isrc=_isrc(fields, where),
        duration_ms=_duration(fields, where),
        album=_text(fields, "album", where) or None,
        year=_year(fields, where),
    )


# Candidates of a line come from no provider.
_NOBODY = ProviderName("nobody")


def candidate_of(
    fields: Mapping[str, Any], id_: str, where: str = "candidate"
) -> Candidate:
    """Read one candidate; who it comes from is not asked here."""
    year, isrc = _year(fields, where), _isrc(fields, where)
    return Candidate(
        provider=_NOBODY,
        id=id_,
        artist=_text(fields, "artist", where),
        title=_text(fields, "title", where),
        album=_text(fields, "album", where) or None,
        duration_ms=_duration(fields, where),
        isrcs=(isrc,) if isrc else (),
        release_date=f"{year:04}" if year else None,
    )


def _object(value: object, where: str) -> Mapping[str, Any]:
    # JSON gives dicts; asking for one first is cheap
    if not isinstance(value, (dict, Mapping)):
        raise MatchLineInvalid(f"{where}: must be an object")
    return value


def _id(fields: Mapping[str, Any], where: str) -> str | int | None:
    value = fields.get("id")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise MatchLineInvalid(f"{where}.id: must be text or a whole number")
    return value


def _text(fields: Mapping[str, Any], name: str, where: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MatchLineInvalid(f"{where}.{name}: must be text")
    return value


def _number(fields: Mapping[str, Any], name: str, where: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MatchLineInvalid(f"{where}.{name}: must be a number")
    if not 0 <= value < 1e12:
        raise MatchLineInvalid(f"{where}.{name}: {value} is out of range")
    return value


def _duration(fields: Mapping[str, Any], where: str) -> int | None:
    value = _number(fields, "duration_ms", where)
    return round(value) if value else None


def _year(fields: Mapping[str, Any], where: str) -> int | None:
    value = fields.get("year")
    if isinstance(value, str) and value[:4].isdecimal() and len(value) >= 4:
        # "2009" and "2009-09-22" are what providers write
        return int(value[:4]) or None
    number = _number(fields, "year", where)
    return int(number) if number and 1 <= number <= 9999 else None


def _isrc(fields: Mapping[str, Any], where: str) -> str | None:
    text = _text(fields, "isrc", where)
    return (text.replace("-", "").strip().upper() or None) if text else None
