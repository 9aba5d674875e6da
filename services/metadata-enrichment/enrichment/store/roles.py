"""Roles of Postgres: made from the passwords that are given, with rights for each."""

import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha256
from hmac import digest
from pathlib import Path
from secrets import token_bytes

import asyncpg

from enrichment.store import migrations

# Postgres' own number, `scram_iterations`.
_ITERATIONS = 4096
_SALT_BYTES = 16
_IS_THERE = "SELECT FROM pg_roles WHERE rolname = $1"


@dataclass(frozen=True, slots=True)
class Refused:
    """A role that our user may neither make nor change, in Postgres' words."""

    role: str
    said: str


def rights() -> Path:
    """Return the file of the roles' rights, which is beside the migrations."""
    return migrations.folder().parent / "roles.sql"


async def give(
    connection: migrations.Connection, passwords: Mapping[str, str]
) -> list[Refused]:
    """
    Make the roles, give them these passwords, and every role its rights.

    Args:
        passwords: by the role's name. Roles that are there and not named keep theirs.

    Return the roles that could not be made: they are for a person to make.
    """
    refused = []
    async with migrations.alone(connection):
        for role, password in passwords.items():
            try:
                await connection.execute(await _statement(connection, role, password))
            except asyncpg.InsufficientPrivilegeError as error:
                refused.append(Refused(role, str(error)))
        await connection.execute(rights().read_text(encoding="utf-8"))
    return refused


async def _statement(
    connection: migrations.Connection, role: str, password: str
) -> str:
    is_there = await connection.fetchrow(_IS_THERE, role) is not None
    # The server logs a statement that it refuses: it must not hold the password. The
    # names are ours, the verifier has no quotes.
    verb = "ALTER" if is_there else "CREATE"
    return f"{verb} ROLE {role} LOGIN PASSWORD '{_verifier(password)}'"


def _verifier(password: str) -> str:
    """
    Return what Postgres keeps of a password (RFC 5803).

    https://www.postgresql.org/docs/current/catalog-pg-authid.html
    """
    salt = token_bytes(_SALT_BYTES)
    prepared = unicodedata.normalize("NFKC", password).encode()
    salted = pbkdf2_hmac("sha256", prepared, salt, _ITERATIONS)
    stored = sha256(digest(salted, b"Client Key", "sha256")).digest()
    server = digest(salted, b"Server Key", "sha256")
    keys = ":".join(b64encode(key).decode() for key in (stored, server))
    return f"SCRAM-SHA-256${_ITERATIONS}:{b64encode(salt).decode()}${keys}"
