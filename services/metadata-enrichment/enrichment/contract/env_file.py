"""
The file .env as a part of the environment: what the environment says itself wins.

Lines are NAME=VALUE as Compose and a shell read them: quotation marks around a value
are left out, and so is a remark behind one without them. `$` stands for itself.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

# Names another file; empty: none is read.
VARIABLE = "ENRICHMENT_ENV_FILE"
_DEFAULT = ".env"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(["'])(.*?)\1\s*(?:#.*)?""")
_REMARK = re.compile(r"(?:^|\s)#.*")


class EnvFileInvalid(ValueError):  # noqa: N818 (named as the field names it)
    """The file cannot be read; the message names it, and the line."""


def with_env_file(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """
    Return the variables of an environment, and those that .env has besides.

    Args:
        environ: this process's own where it is left out.

    Raises:
        EnvFileInvalid: the file cannot be read.
    """
    own = os.environ if environ is None else environ
    named = own.get(VARIABLE, _DEFAULT)
    read = _read(Path(named)) if named else {}
    # NAME_FILE is another way to give NAME
    besides = {name: text for name, text in read.items() if not own.get(f"{name}_FILE")}
    return {**besides, **own}


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}
    except OSError as error:
        raise EnvFileInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EnvFileInvalid(f"{path}: it is no text in UTF-8") from error
    return dict(parsed(text, str(path)))


def parsed(text: str, name: str) -> list[tuple[str, str]]:
    """
    Return the variables of a file in their order.

    Raises:
        EnvFileInvalid: a line is none of NAME=VALUE; its text may be a secret.
    """
    found = []
    # not splitlines(): a value may hold what Unicode calls the end of a line
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if (said := _LINE.fullmatch(bare)) is None:
            raise EnvFileInvalid(f"{name}:{number}: it is not NAME=VALUE")
        found.append((said[1], _value(said[2])))
    return found


def _value(text: str) -> str:
    if (quoted := _QUOTED.fullmatch(text)) is not None:
        return quoted[2]
    return _REMARK.sub("", text).strip()
