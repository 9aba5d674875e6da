"""What forms send, read without trust."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from enrichment.errors import InputInvalid

# Where a person begins.
HOME = "/console/inbox"
# More than any form of ours has.
MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with all its values."""

    fields: Mapping[str, list[str]]

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
    try:
        body = (await request.body()).decode()
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise InputInvalid("the form cannot be read") from error
    if any("\x00" in text for texts in fields.values() for text in texts):
        # Postgres' texts hold none
        raise InputInvalid("the form contains a null character")
    return Form(fields)


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
