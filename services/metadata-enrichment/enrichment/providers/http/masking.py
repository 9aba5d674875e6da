"""Requests as they may be shown: no key, token or secret in logs and exceptions."""

import logging
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from enrichment.providers import HttpRequest

MASK = "***"
# Longest parameter value worth a line in a log.
_SHOWN_CHARACTERS = 200
_SECRET = re.compile(
    r"key|token|secret|passw|signature|api_sig|authorization|^sk$", re.IGNORECASE
)


def masked(request: HttpRequest) -> str:
    """
    Return method, address and parameters for people; secrets are masked.

    Headers and form are left out: the first hold tokens, the second is a token request.
    """
    return f"{request.method} {_shown(request.url, request.params)}"


def masked_url(url: str) -> str:
    """Return an address without user, password and secret parameters."""
    return _shown(url, ())


def _shown(url: str, params: Iterable[tuple[str, str]]) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *params]
    query = "&".join(
        f"{name}={MASK if _SECRET.search(name) else _value(value)}"
        for name, value in pairs
    )
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def _value(value: str) -> str:
    return quote(value[:_SHOWN_CHARACTERS], safe=':" ()').replace(" ", "+")


class _MaskedAddresses(logging.Filter):
    """Masks the address in httpx's own line per request, logged at INFO."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                masked_url(str(arg)) if "://" in str(arg) else arg
                for arg in record.args
            )
        return True


_FILTER = _MaskedAddresses()


def mask_httpx_log() -> None:
    """Mask what httpx itself logs; safe to repeat."""
    logging.getLogger("httpx").addFilter(_FILTER)
