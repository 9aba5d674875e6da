"""What a person pastes to say which recording it is: a link or an id. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from enrichment.errors import InputInvalid
from enrichment.review.services import SERVICES

EXPECTED = (
    "a link or id of a recording at"
    f" {', '.join(service.title for service in SERVICES.values())}, or an ISRC"
)
_ISRC = r"(?:isrc:)?([A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5})"
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Pasted:
    """A column of `tracks` and its value."""

    field: str
    value: str


def read(text: str) -> Pasted:
    """
    Return which column a pasted text fills, and with what.

    Raises:
        InputInvalid: it is none of these; the message says what was expected.
    """
    text = text.strip()
    if "://" in text or text.startswith("www."):
        return _by_address(text)
    for field, service in SERVICES.items():
        if id_ := service.pages.id_of(text):
            return Pasted(field, id_)
    if found := re.fullmatch(_ISRC, text, re.ASCII):
        return Pasted("isrc", found[1].replace("-", "").upper())
    raise _unknown(text)


def _by_address(text: str) -> Pasted:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").lower()
    except ValueError as error:
        raise _unknown(text) from error
    if parts.scheme not in {"http", "https"}:
        raise _unknown(text)
    for field, service in SERVICES.items():
        if not service.pages.has_host(host):
            continue
        id_ = service.pages.id_of_path(parts.path.rstrip("/"))
        if id_ is None:
            raise InputInvalid(
                f"this page of {service.title} is of no recording; expected {EXPECTED}"
            )
        return Pasted(field, id_)
    raise _unknown(text)


def _unknown(text: str) -> InputInvalid:
    cut = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return InputInvalid(f"{cut!r} is none; expected {EXPECTED}")
