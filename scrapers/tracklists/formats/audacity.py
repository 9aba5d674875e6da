"""Audacity's labels: start, end and text with tabs between them."""

import re

from scrapers.tracklists.decoding import lines_of
from scrapers.tracklists.formats.chapters import Chapter, tracklist
from scrapers.tracklists.tracklist import Tracklist

_LABEL = re.compile(
    r"\s*(\d{1,6}(?:[.,]\d{1,9})?)\t(\d{1,6}(?:[.,]\d{1,9})?)(?:\t(.*))?", re.ASCII
)
# Below a label may stand the frequencies that it is about.
_FREQUENCIES = "\\\t"
_FRACTION = re.compile(r"[.,]\d{3,9}$", re.ASCII)
_LOOKED_AT_LINES = 50


def looks_like_labels(text: str) -> bool:
    """Recognise them by two times with parts of a second in every line."""
    lines = [line for line in lines_of(text[:20_000]) if line.strip()]
    labels = [line for line in lines if not line.startswith(_FREQUENCIES)]
    if not labels:
        return False
    # the last line may be cut
    found = [_LABEL.fullmatch(line) for line in labels[:_LOOKED_AT_LINES]]
    whole = [one for one in (found[:-1] or found) if one is not None]
    return len(whole) == len(found[:-1] or found) and any(
        _FRACTION.search(one[1]) or _FRACTION.search(one[2]) for one in whole
    )


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read the labels in the order of their starts.

    Raises:
        NoTracklist: they name no tracks.
    """
    found = (_LABEL.fullmatch(line) for line in lines_of(content))
    labels: list[Chapter] = [
        (float(label[1].replace(",", ".")), (label[3] or "").strip(), "")
        for label in found
        if label is not None
    ]
    return (tracklist("audacity", sorted(labels, key=_start)),)


def _start(label: Chapter) -> float:
    return label[0] or 0.0
