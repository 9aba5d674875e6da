"""What forms send, read without trust."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from enrichment.errors import InputInvalid

# Where a person begins.
HOME = "/console/inbox"
# More than any form of ours has.
MOST_FIELDS = 2000
MOST_PARTS = 50
# Names of a field and a file, however long; browsers write nothing else there.
LONGEST_HEAD = 2048
_BOUNDARY = re.compile(
    r"""; *boundary="?([\w'()+,./:=?-]{1,70})""", re.ASCII | re.IGNORECASE
)
_DISPOSITION = re.compile(
    rb"(?:^|\r\n)content-disposition: *form-data([^\r\n]*)", re.IGNORECASE
)
_TOLD = re.compile(rb'; *(name|filename)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class File:
    """A file that a form carries, with the name that it has at the person's."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with all its values, and its files."""

    fields: Mapping[str, list[str]]
    files: Mapping[str, File] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the first value, without blanks around it; "" where none is given."""
        return self.fields.get(name, [""])[0].strip()

    def texts(self, name: str) -> list[str]:
        """Return all values."""
        return self.fields.get(name, [])

    def number(self, name: str) -> int | None:
        """
        Return a whole number that is not negative; None where none is given.

        Raises:
            InputInvalid: it is something else.
        """
        return number(self.text(name))


def number(text: str) -> int | None:
    """
    Read a whole number that is not negative and fits Postgres; "" is None.

    Raises:
        InputInvalid: it is something else.
    """
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < len(str(2**63)):
        return int(text)
    raise InputInvalid("a number was expected")


async def form_of(request: Request) -> Form:
    """
    Read the form that a call carries.

    Raises:
        InputInvalid: the body is no form.
    """
    kind, body = request.headers.get("content-type", ""), await request.body()
    try:
        if kind.lower().startswith("multipart/form-data"):
            # a large file takes the parser a while
            form = await asyncio.to_thread(_of_parts, kind, body)
        else:
            form = Form(
                parse_qs(
                    body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS
                )
            )
    except ValueError as error:
        raise InputInvalid("the form cannot be read") from error
    if any("\x00" in text for texts in form.fields.values() for text in texts):
        # Postgres' texts hold none
        raise InputInvalid("the form contains a null character")
    return form


def _of_parts(kind: str, body: bytes) -> Form:
    """Read a form with files. A reader of letters takes minutes for a hostile head."""
    found = _BOUNDARY.search(kind)
    if found is None:
        raise ValueError("no boundary")
    border = b"\r\n--" + found[1].encode("ascii")
    parts = (b"\r\n" + body).split(border, MOST_PARTS + 2)
    if len(parts) > MOST_PARTS + 2 or not parts[-1].startswith(b"--"):
        raise ValueError("too many parts, or no end")
    fields, files = defaultdict[str, list[str]](list), dict[str, File]()
    for part in parts[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        told = _told_in(head)
        name = told[b"name"].decode()
        if (file := told.get(b"filename")) is not None:
            files[name] = File(file.decode("utf-8", "replace"), content)
        else:
            fields[name].append(content.decode().replace("\r\n", "\n"))
    return Form(fields, files)


def _told_in(head: bytes) -> Mapping[bytes, bytes]:
    """Return the name of a part's field and of its file."""
    found = _DISPOSITION.search(head) if len(head) <= LONGEST_HEAD else None
    told = dict(_TOLD.findall(found[1])) if found else {}
    if b"name" not in told:
        raise ValueError("a part of the form has no name")
    return {name: text.replace(b'\\"', b'"') for name, text in told.items()}


def own_page(text: str) -> str:
    """Return a page of the console; what leads elsewhere is the first page."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    inside = (
        parts.path.startswith("/console/") and not parts.scheme and not parts.netloc
    )
    well = text.isascii() and text.isprintable() and "\\" not in text
    return text if inside and well and "/.." not in parts.path else HOME
