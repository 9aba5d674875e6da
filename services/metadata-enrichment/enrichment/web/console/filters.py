"""Which questions a page is about, as its address says."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from enrichment.errors import InputInvalid
from enrichment.review.questions import KINDS, Wish, place_of
from enrichment.web.console.frame.forms import HOME

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What a person filters by; "" is all.

    Args:
        after: where the list that the person came from begins.
    """

    kind: str = ""
    subject: str = ""
    text: str = ""
    after: str = ""

    @property
    def query(self) -> str:
        """The filters as a part of an address."""
        return urlencode({name: text for name, text in asdict(self).items() if text})

    @property
    def inbox(self) -> str:
        """Where the list is, at the same place."""
        return self.on(HOME)

    def on(self, path: str) -> str:
        """Return the address of another page that keeps the filters."""
        return f"{path}?{self.query}" if self.query else path

    def at(self, after: str) -> "Filters":
        """Return the same filters at another place of the list."""
        return Filters(self.kind, self.subject, self.text, after)

    def of(self, kind: str, subject: str = "") -> "Filters":
        """Return the filters of another kind."""
        return Filters(kind, subject, self.text)

    def wish(self, after: str | None = None) -> Wish:
        """
        Return what is looked for.

        Args:
            after: the place after which it continues; the filters' own otherwise.
        """
        place = place_of(self.after if after is None else after)
        return Wish(self.kind or None, self.subject or None, self.text, place)


def filters_of(request: Request) -> Filters:
    """
    Read the filters of an address.

    Raises:
        InputInvalid: a text is too long or cannot be stored, or the kind is none.
    """
    given = request.query_params
    read: Callable[[str], str] = lambda name: given.get(name, "").strip()  # noqa: E731
    found = Filters(read("kind"), read("subject"), read("text"), read("after"))
    if any(len(text) > LONGEST or "\x00" in text for text in asdict(found).values()):
        raise InputInvalid(f"a filter has at most {LONGEST} letters, none of them null")
    found.wish()
    return found


def text_of(request: Request) -> str:
    """
    Return the words that an address looks for.

    Raises:
        InputInvalid: they are too long or cannot be stored.
    """
    text = request.query_params.get("text", "").strip()
    if len(text) > LONGEST or "\x00" in text:
        raise InputInvalid(f"a search has at most {LONGEST} letters, none of them null")
    return text


@dataclass(frozen=True, slots=True)
class Tab:
    """How many questions of a kind are open, and where they are listed."""

    name: str
    open: int
    filters: Filters
    is_here: bool


def tabs(counts: Mapping[tuple[str, str], int], here: Filters) -> list[Tab]:
    """Return the kinds that have open questions, and the one that is shown."""
    needs = Tab("Needs a decision", sum(counts.values()), here.of(""), not here.kind)
    by_kind = dict.fromkeys(KINDS, 0)
    for (kind, _), count in counts.items():
        by_kind[kind] = by_kind.get(kind, 0) + count
    kinds = [
        Tab(KINDS.get(kind, kind), count, here.of(kind), kind == here.kind)
        for kind, count in by_kind.items()
        if count or kind == here.kind
    ]
    return [needs, *kinds]


def subjects(counts: Mapping[tuple[str, str], int], here: Filters) -> list[str]:
    """Return the providers and fields to choose from."""
    found = {subject for kind, subject in counts if subject and here.kind in {"", kind}}
    return sorted(found | ({here.subject} if here.subject else set()))
