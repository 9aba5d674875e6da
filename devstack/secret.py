"""A password per server, made once per folder: there are no default passwords."""

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """Return the secret in this file, written readable for us alone if new."""
    if path.exists():
        return path.read_text()
    secret = secrets.token_hex(16)
    write_private(path, secret)
    return secret


def write_private(path: Path, text: str) -> None:
    """Write a file that was never readable for others, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        f.write(text)
    new.replace(path)
