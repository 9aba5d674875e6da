"""Bytes to text and structures, once for all parsers; bounded, with our errors only."""

import codecs
import json
import re
from itertools import pairwise
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from scrapers.tracklists.reading.encodings import eight_bit, repaired
from scrapers.tracklists.tracklist import NotUnderstood

# A DJ's whole Traktor collection is some 50 MB; nothing we read is larger.
MAX_BYTES = 64 * 1024 * 1024

# A tree takes up to a hundred times the room of its text, so each kind has a bound of
# its own: a library of 200,000 tracks has a million elements, the longest saved page
# seen 2 MB, the longest answer 1 MB.
MAX_ELEMENTS = 2_000_000
MAX_JSON_CHARACTERS = 16 * 1024 * 1024

# A printed row has under 300 characters; what is longer is no row, and would only
# make pattern matching slow.
MAX_LINE_CHARACTERS = 2000

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 4096
_LINE_END = re.compile(r"\r\n|\r|\n")
_WHOLE_NUMBER = re.compile(r"\d{1,12}", re.ASCII)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_CONTROL_BYTE = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
# Text has none; a page damaged on its way has a few.
_MAX_CONTROL_SHARE = 0.01
# What neither XML nor HTML may contain, and what a person never typed.
NOT_FOR_MARKUP = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STRAY_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)", re.ASCII
)


def decode(content: bytes) -> str:
    """
    Return the text of a file, in UTF-8, UTF-16 or what its bytes show for sure.

    Raises:
        NotUnderstood: the bytes are no text, or of an encoding that is not sure.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return repaired(_checked(content[len(mark) :].decode(encoding, "replace")))
    utf16 = _utf16_without_mark(content[:_SAMPLE_BYTES])
    if utf16:
        return _checked(content.decode(utf16, "replace"))
    return repaired(_checked(_eight_bit(content)))


def _utf16_without_mark(sample: bytes) -> str | None:
    """Recognise UTF-16 by the zero bytes at every second place of Latin text."""
    half = len(sample) // 2
    if half < 2:
        return None
    if sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _eight_bit(content: bytes) -> str:
    """Read UTF-8 with a few damaged characters, else what the bytes show."""
    text = content.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged == 0:
        return text
    beyond_ascii = sum(len(run) for run in re.findall(r"[^\x00-\x7f]+", text))
    # One character is cut off at the end of a file that was cut short.
    if damaged == 1 and text.endswith("\ufffd"):
        return text
    if damaged * 10 <= beyond_ascii - damaged:
        return text
    _check_bytes(content)
    read = eight_bit(content)
    if read is None:
        raise NotUnderstood(
            "the encoding of the text is not known for sure; save it as UTF-8"
        )
    return read


def _check_bytes(content: bytes) -> None:
    """Recognise what is no text before its encoding is looked for."""
    controls = sum(1 for _ in _CONTROL_BYTE.finditer(content))
    if controls > _MAX_CONTROL_SHARE * len(content):
        raise NotUnderstood("the file is binary and of no known kind")


def _checked(text: str) -> str:
    text = text.removeprefix("\ufeff")
    if sum(1 for _ in _CONTROL.finditer(text)) > _MAX_CONTROL_SHARE * len(text):
        raise NotUnderstood("the file is binary and of no known kind")
    return text


def lines_of(text: str) -> list[str]:
    """Split into lines; one that is too long to be a row becomes empty."""
    return [
        line if len(line) <= MAX_LINE_CHARACTERS else ""
        for line in _LINE_END.split(text)
    ]


def single_spaced(text: str) -> str:
    """Join what line breaks, tabs and no-break spaces have parted."""
    return " ".join(text.split())


def whole_number(text: str | None) -> int | None:
    """Read a count or a time; what has more digits than any of them is neither."""
    return int(text) if text and _WHOLE_NUMBER.fullmatch(text) else None


def load_xml(text: str) -> Element:
    """
    Read XML without entities, external references or network.

    Raises:
        NotUnderstood: it is not well-formed, or has an entity of its own.
    """
    start = text.find("<")
    parser = defusedxml.ElementTree.XMLParser(target=_BoundedTree())
    try:
        parser.feed(NOT_FOR_MARKUP.sub("", text[max(start, 0) :]))
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotUnderstood(f"the XML cannot be read: {error}") from error
    return root


def load_cut_xml(text: str, entry: str) -> tuple[Element, str | None]:
    """
    Read as much of an XML document as there is, and say why it is not whole.

    Args:
        entry: local name of the element that is one row: an unfinished one is dropped.

    Raises:
        NotUnderstood: not even its first element can be read.
    """
    text = NOT_FOR_MARKUP.sub("", text[max(text.find("<"), 0) :])
    first = _whole_or_prefix(text, entry)
    if isinstance(first, Element):
        return first, None
    # A program that does not escape: what follows its first "&" is as good.
    if _STRAY_AMPERSAND.search(text):
        again = _whole_or_prefix(_STRAY_AMPERSAND.sub("&amp;", text), entry)
        if isinstance(again, Element):
            return again, None
        first = again
    root, why = first
    if root is None:
        raise NotUnderstood(f"the XML cannot be read: {why}")
    return root, why


def _whole_or_prefix(text: str, entry: str) -> Element | tuple[Element | None, str]:
    tree = _OpenTree()
    parser = defusedxml.ElementTree.XMLParser(target=tree)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise NotUnderstood(f"the XML cannot be read: {error}") from error
    except ParseError as error:
        return tree.prefix(entry), str(error)
    return root


class _BoundedTree(TreeBuilder):
    """Builds elements as they come: so many at most, each with short attributes."""

    _left = MAX_ELEMENTS

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Begin an element."""
        self._left -= 1
        if self._left < 0:
            raise NotUnderstood(f"the XML has more than {MAX_ELEMENTS} elements")
        if any(len(value) > MAX_LINE_CHARACTERS for value in attrs.values()):
            attrs = {name: value[:MAX_LINE_CHARACTERS] for name, value in attrs.items()}
        return super().start(tag, attrs)


class _OpenTree(_BoundedTree):
    """Knows which elements are open, so that the beginning of a cut document is one."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Begin an element."""
        element = super().start(tag, attrs)
        self._open.append(element)
        return element

    def end(self, tag: str) -> Element:
        """End an element."""
        self._open.pop()
        return super().end(tag)

    def prefix(self, entry: str) -> Element | None:
        """Return what was built before the fault, without an unfinished entry."""
        opened = list(self._open)
        while self._open:
            self.end(self._open[-1].tag)
        for parent, child in pairwise(opened):
            if child.tag.rpartition("}")[2].lower() == entry:
                parent.remove(child)
                break
        return opened[0] if opened else None


def load_json(text: str) -> object:
    """
    Read JSON; half a character of UTF-16 becomes the sign for a damaged one.

    Raises:
        NotUnderstood: it is not whole, is too long, or is nested beyond reason.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        raise NotUnderstood("the JSON is longer than any answer")
    try:
        document: object = json.loads(text)
        if _SURROGATE.search(text):
            document = _whole(document)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"the JSON cannot be read: {error}") from error
    return document


def _whole(value: object) -> object:
    """Return a value without halves of characters, which no output can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value
