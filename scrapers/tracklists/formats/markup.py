"""Playlists in XML: the tree without its namespaces' and cases' differences."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from scrapers.tracklists.decoding import load_cut_xml, single_spaced
from scrapers.tracklists.tracklist import LeftOut, NoTracklist, NotUnderstood, Tracklist


@dataclass(frozen=True, slots=True)
class Document:
    """
    An XML document as far as it can be read.

    Args:
        fault: why it is not whole; None where it is.
    """

    root: Element
    fault: str | None

    def told(self, *tracklists: Tracklist) -> tuple[Tracklist, ...]:
        """
        Return the tracklists that have rows; the first tells of a file that is cut.

        Raises:
            NoTracklist: there is no row in any of them.
            NotUnderstood: the same, and the file is not whole.
        """
        filled = [each for each in tracklists if each.rows]
        if not filled and self.fault is not None:
            raise NotUnderstood(f"it is cut or damaged before any track: {self.fault}")
        if not filled:
            raise NoTracklist("there are no tracks in it")
        if self.fault is None:
            return tuple(filled)
        reason = f"the file is cut or damaged after these rows ({self.fault})"
        left_out = (*filled[0].left_out, LeftOut("", reason, within=True))
        return (replace(filled[0], left_out=left_out), *filled[1:])


def load(content: str, entry: str) -> Document:
    """
    Read a document whose rows are elements of one name.

    Raises:
        NotUnderstood: it is no XML.
    """
    return Document(*load_cut_xml(content, entry))


def name_of(element: Element) -> str:
    """Return the local name of an element, in lower case."""
    tag: object = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def all_named(root: Element, *names: str) -> Iterator[Element]:
    """Return all elements of a name, in their order."""
    return (element for element in root.iter() if name_of(element) in names)


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of a name."""
    return None if element is None else next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """Return the children of a name, in their order."""
    return (one for one in element if name_of(one) == name)


def texts(element: Element) -> dict[str, str]:
    """Return the texts of an element's children by name, the first of each."""
    found: dict[str, str] = {}
    for one in element:
        if text := single_spaced(one.text or ""):
            found.setdefault(name_of(one), text)
    return found


def attributes(element: Element | None) -> dict[str, str]:
    """Return an element's attributes, their names in lower case."""
    if element is None:
        return {}
    return {
        name.rpartition("}")[2].lower(): single_spaced(value)
        for name, value in element.items()
    }
