"""What forms send, read without trust."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from enrichment.errors import InputInvalid

# Where a person begins.
HOME = "/console/inbox"
# More than any form of ours has.
MOST_FIELDS = 2000


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
    """Read a form with files; it has the shape of a letter."""
    head = b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n"
    letter = BytesParser(policy=HTTP).parsebytes(head + body)
    if not isinstance(letter, EmailMessage) or not letter.is_multipart():
        raise ValueError("no part of a form")
    fields, files = defaultdict[str, list[str]](list), dict[str, File]()
    for part in letter.iter_parts():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        if not isinstance(content, bytes) or not isinstance(name, str):
            raise ValueError("a part of the form has no name or no content")  # noqa: TRY004 (the form is wrong)
        if (file := part.get_filename()) is not None:
            files[name] = File(_readable(file), content)
        else:
            fields[name].append(content.decode().replace("\r\n", "\n"))
    return Form(fields, files)


def _readable(name: str) -> str:
    # browsers write names of files as UTF-8, which a letter's head does not know
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


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
