"""Addresses of our own servers: one notation for the drivers of both sides."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# What asyncpg, aio-pika and redis-py call the file of the authority that they trust.
AUTHORITY_FILES = ("sslrootcert", "cafile", "ssl_ca_certs")


def fault_of(url: str) -> str | None:
    """Say which file a URL names that cannot be read: no driver says which it was."""
    query = parse_qs(urlsplit(url).query)
    for parameter in AUTHORITY_FILES:
        for path in query.get(parameter, ()):
            try:
                Path(path).read_bytes()
            except OSError as error:
                return f"{parameter} names {path}: {error.strerror}"
    return None
