"""A service's own pages of recordings, as people open them and copy their addresses."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

# A language may be before the kind of the page.
LANGUAGE = r"(?:/(?:intl-)?[a-z]{2}(?:-[a-zA-Z]{2})?)?"


@dataclass(frozen=True, slots=True)
class Pages:
    """
    Where a service shows a recording, and what a person copies of it.

    Args:
        host: of the pages; "www." before it makes no other host.
        path: of a recording's page; the first group is its id.
        address: of a recording's page, with `{}` for its id; None where the id is the
            address itself.
        ids: forms in which an id is copied by itself; the first group is the id.
        spelt: returns an id as it is stored.
    """

    host: str
    path: str
    address: str | None
    ids: tuple[str, ...] = ()
    spelt: Callable[[str], str] = str

    def page_of(self, id_: str) -> str | None:
        """Return the page of an id; None where it leads elsewhere."""
        if self.address is not None:
            return self.address.format(quote(id_, safe=""))
        try:
            parts = urlsplit(id_)
            is_theirs = parts.scheme == "https" and self.has_host(parts.hostname or "")
        except ValueError:
            return None
        return id_ if is_theirs else None

    def has_host(self, host: str) -> bool:
        """Return whether a page of this host is one of the service."""
        return host.removeprefix("www.") == self.host.removeprefix("www.")

    def id_of_path(self, path: str) -> str | None:
        """Return the id in the path of a page; None for a page of something else."""
        found = re.fullmatch(self.path, path, re.ASCII)
        return self.spelt(found[1]) if found else None

    def id_of(self, text: str) -> str | None:
        """Return the id that a text is by itself; None where it is none."""
        for pattern in self.ids:
            if found := re.fullmatch(pattern, text, re.ASCII):
                return self.spelt(found[1])
        return None
