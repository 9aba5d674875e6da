"""HTML as a tree or as it comes; bounded, with our errors only."""

from collections.abc import Iterator
from typing import Protocol
from xml.etree.ElementTree import Element

from lxml.etree import HTMLParser, HTMLPullParser, LxmlError, XPath, fromstring
from parsel import Selector

from scrapers.tracklists.decoding import NOT_FOR_MARKUP, single_spaced
from scrapers.tracklists.tracklist import NotUnderstood

# The longest saved page seen has 2 MB.
MAX_HTML_CHARACTERS = 16 * 1024 * 1024
_PIECE = 64 * 1024
# A table's row that has cells, and in them nothing that begins a line of its own.
_WITHIN_A_LINE = (
    *("a", "abbr", "b", "code", "em", "font", "i", "mark", "s", "small", "span"),
    *("strong", "sub", "sup", "time", "u"),
)
_NOT_FLAT = " or ".join(f"self::{tag}" for tag in _WITHIN_A_LINE)
_IS_FLAT = XPath(
    "(td or th) and not(*[not(self::td or self::th)] or .//comment()"
    f" or */descendant::*[not({_NOT_FLAT})])"
)
_TEXT_OF = XPath("string()")


class HtmlTarget(Protocol):
    """Takes a page's tags and texts as they come; no tree is made of them."""

    def start(self, tag: str, attributes: object, /) -> None: ...  # noqa: D102
    def end(self, tag: str, /) -> None: ...  # noqa: D102
    def data(self, text: str, /) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


def read_html(text: str, target: HtmlTarget) -> None:
    """
    Pass a page's tags and texts to a handler.

    Raises:
        NotUnderstood: it is too long, or none of it can be read.
    """
    if len(text) > MAX_HTML_CHARACTERS:
        raise NotUnderstood("the page is longer than any page of a tracklist")
    parser = HTMLParser(target=target, huge_tree=False)
    try:
        for piece in _pieces(text):
            parser.feed(piece)
        parser.close()
    except (LxmlError, ValueError) as error:
        raise NotUnderstood(f"the HTML cannot be read: {error}") from error


def load_html(text: str) -> Selector:
    """
    Read HTML as it comes; what is nested too deeply is left out.

    A row of a table whose cells hold no blocks becomes one text with tabs: a long table
    would take thirty times the room of its page.

    Raises:
        NotUnderstood: it is too long, or none of it can be read.
    """
    if len(text) > MAX_HTML_CHARACTERS:
        raise NotUnderstood("the page is longer than any page of a tracklist")
    # Without huge_tree the parser bounds depth and length by itself.
    parser = HTMLPullParser(
        events=("end",), tag="tr", recover=True, encoding="utf-8", huge_tree=False
    )
    try:
        for piece in _pieces(text):
            parser.feed(piece.encode("utf-8", "replace"))
            for _, row in parser.read_events():
                _flatten(row)
        root = parser.close()
    except (LxmlError, ValueError) as error:
        raise NotUnderstood(f"the HTML cannot be read: {error}") from error
    return Selector(root=fromstring("<html/>") if root is None else root, type="html")


def _pieces(text: str) -> Iterator[str]:
    """Return a page piece by piece, without what markup may not contain."""
    for start in range(0, len(text), _PIECE):
        yield NOT_FOR_MARKUP.sub("", text[start : start + _PIECE])


def _flatten(row: Element) -> None:
    """Put the texts of a row's cells in the row's own text, separated by tabs."""
    if not _IS_FLAT(row):
        return
    cells = [single_spaced(_TEXT_OF(cell)) for cell in row]
    for cell in list(row):
        row.remove(cell)
    row.text = "\t".join(cells)
