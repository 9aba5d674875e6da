"""Addresses of our own servers: one notation for the drivers of both sides."""

import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

# What asyncpg, aio-pika and redis-py call the file of the authority that they trust.
AUTHORITY_FILES = ("sslrootcert", "cafile", "ssl_ca_certs")

# No part of the address is told: it may be a part of the password.
_NOT_ENCODED = (
    "is no address that can be read. In its user and password these characters must be"
    " percent-encoded: # as %23, ? as %3F, [ as %5B, ] as %5D, / as %2F, : as %3A,"
    " @ as %40, % as %25, a space as %20"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# A driver's parser drops some of them in silence, and the password with them changes.
_NEVER = re.compile(r"[\x00-\x20\x7f#]")
_LARGEST_PORT = 65535


def joined(scheme: str, login: tuple[str, str] | None, place: str, path: str) -> str:
    """Return the address of a server, made of its parts; `login`: user, password."""
    user, password = login or ("", "")
    at = f"{quote(user, safe='')}:{quote(password, safe='')}@" if login else ""
    return f"{scheme}://{at}{place}/{quote(path, safe='')}"


def for_asyncpg(url: str) -> str:
    """Return what asyncpg takes of SQLAlchemy's `postgresql+asyncpg://`."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def fault_of(url: str) -> str | None:
    """
    Return what is wrong with a URL, and nothing of its value; None for a good one.

    A driver quotes a part of a password that is not encoded, and does not say which
    file of an authority it could not read.
    """
    if not url:
        return None
    if not _is_readable(url):
        return _NOT_ENCODED
    for parameter, paths in parse_qs(urlsplit(url).query).items():
        for path in paths if parameter in AUTHORITY_FILES else ():
            try:
                Path(path).read_bytes()
            except OSError as error:
                return f"{parameter} names {path}: {error.strerror}"
    return None


def _is_readable(url: str) -> bool:
    """Return whether user and password, hosts and ports are where a parser looks."""
    if not _SCHEME.match(url) or _NEVER.search(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    login, at, hosts = parts.netloc.rpartition("@")
    if not at and "@" in f"{parts.path}?{parts.query}":
        # a "/" or "?" in the password has ended the address before its host
        return False
    if "[" in login or "]" in login:
        return False
    return all(map(_is_host, hosts.split(",")))


def _is_host(host: str) -> bool:
    """Take a name or address, with a port or without; Postgres takes several."""
    name, bracket, rest = host.rpartition("]")
    if bracket:
        return name.startswith("[") and (not rest or _is_port(rest[1:], rest[0]))
    _, colon, port = host.partition(":")
    return not colon or _is_port(port, colon)


def _is_port(digits: str, before: str) -> bool:
    if before != ":" or not re.fullmatch(r"[0-9]{0,5}", digits):
        return False
    return int(digits or 0) <= _LARGEST_PORT
