"""Named tokens: who a caller is and what they may do. Only digests are kept."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from enrichment.errors import ConfigurationError

# The name of whoever knows ENRICHMENT_API_TOKEN.
OPERATOR = "operator"
VARIABLE = "ENRICHMENT_API_TOKENS_FILE"
_NAME = re.compile(r"[\w.@+-]{1,60}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
# A whole digest in a session would be long; this much tells two tokens apart.
_FINGERPRINT_BYTES = 8


class Role(StrEnum):
    """What the holder of a token may do."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Token:
    """
    One token.

    Args:
        digest: the SHA-256 of the token.
    """

    name: str
    role: Role
    digest: bytes

    @property
    def may_write(self) -> bool:
        """Whether the holder may change anything."""
        return self.role is Role.WRITE

    @property
    def fingerprint(self) -> str:
        """What a session is bound to: it ends when its token is another one."""
        return self.digest[:_FINGERPRINT_BYTES].hex()


class Tokens:
    """All tokens that the service knows."""

    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        self._tokens = tuple(tokens)

    def __bool__(self) -> bool:
        """Return whether there is a token at all."""
        return bool(self._tokens)

    @property
    def may_write(self) -> bool:
        """Whether anybody may change anything."""
        return any(one.may_write for one in self._tokens)

    def holder(self, told: str) -> Token | None:
        """Return the token that a caller sent; the time does not tell which is near."""
        digest = sha256(told.encode("utf-8", "surrogateescape")).digest()
        found = None
        for one in self._tokens:
            if secrets.compare_digest(one.digest, digest):
                found = one
        return found

    def named(self, name: str) -> Token | None:
        """Return the token of this name."""
        return next((one for one in self._tokens if one.name == name), None)


def operator(token: str) -> Token:
    """Return the token of ENRICHMENT_API_TOKEN."""
    return Token(OPERATOR, Role.WRITE, sha256(token.encode()).digest())


def tokens_of(operators: str | None, file: Path | None) -> Tokens:
    """
    Return the tokens that the settings give.

    Raises:
        ConfigurationError: the file cannot be read, or naming each line that is wrong.
    """
    first = [operator(operators)] if operators else []
    return Tokens([*first, *(_in_file(file, first) if file else ())])


def _in_file(file: Path, before: Iterable[Token]) -> list[Token]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{VARIABLE}: cannot read {file}: {error}") from error
    found, faults = list[Token](), list[str]()
    names = {one.name for one in before}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(_token(line, names))
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise ConfigurationError(f"{VARIABLE}: {'; '.join(faults)}")
    return found


def _token(line: str, names: set[str]) -> Token:
    """Read one line; a fault never repeats what may be a token by mistake."""
    parts = line.split()
    if len(parts) != 3:
        raise ValueError("expected: name role sha256")
    name, role, digest = parts
    if not _NAME.fullmatch(name):
        raise ValueError("a name has at most 60 letters, digits and . _ @ + -")
    if name in names:
        raise ValueError(f"there is another token named {name}")
    if role not in set(Role):
        raise ValueError(f"the role of {name} is neither read nor write")
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"the SHA-256 of {name} has 64 hexadecimal digits")
    names.add(name)
    return Token(name, Role(role), bytes.fromhex(digest))
