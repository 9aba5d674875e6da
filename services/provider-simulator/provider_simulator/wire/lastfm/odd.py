"""Last.fm's odd answers: errors in XML, numbers with commas, another artist's track."""

from typing import Any

from provider_simulator.faults import Fault
from provider_simulator.odd_answers import Odd
from provider_simulator.wire import XML_TYPE, Reply


def _xml_error(fault: Fault, _wait: str) -> Reply:
    text = f'<lfm status="failed"><error code="{fault.error}">Failed</error></lfm>'
    return Reply(200, f'<?xml version="1.0"?>{text}'.encode(), (XML_TYPE,))


def _grouped_numbers(row: dict[str, Any]) -> None:
    for name in ("listeners", "playcount"):
        if name in row:
            row[name] = f"{int(row[name]):,}"


def _corrected_away(row: dict[str, Any]) -> None:
    """Answer for another artist, as Last.fm's autocorrection does."""
    if isinstance(row.get("artist"), dict):
        row["artist"]["name"] = f"Other {row['artist']['name'][::-1]}"


ODD = Odd(
    one="track",
    # the error's number is the fault's `error`
    refusals={"xml_error": _xml_error},
    row_changes={
        "grouped_numbers": _grouped_numbers,
        "corrected_away": _corrected_away,
    },
)
