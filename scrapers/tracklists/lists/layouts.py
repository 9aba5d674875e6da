"""Texts whose rows are not one a line, laid out again with a row a line."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from scrapers.tracklists.lists.blocks import NO_BLOCKS, Blocks, labelled, unlabelled
from scrapers.tracklists.reading.lines import MOST_CHARACTERS as _MOST_OF_A_LINE
from scrapers.tracklists.reading.lines import read_body
from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.reading.times import SPAN

# More are no text that a person wrote.
MOST_ROWS = 20_000
# Fewer neighbours may be a coincidence among other text.
_LEAST = 3
_LEAST_PAIRS = 2
# Enough to see whether each line is a row.
_LOOKED_AT = 12
# Of the lines that are not blank, the share that are times where times are apart.
_LEAST_TIMES_SHARE = 0.3
_TIME_ALONE = re.compile(rf"@?\s?[\[(<{{]?\s?(?P<time>{SPAN})\s?[\])>}}]?\s?[-–—:|]?")
_NUMBER_ALONE = re.compile(r"#?(\d{1,3})[.):]?")
_TIME_WITHIN = re.compile(
    rf"(?:(?<=\s)|^)(?:[\[(<{{]\s?{SPAN}\s?[\])>}}]|{SPAN})(?=\s)"
)
# "1h02", "3m20s", "3'20": what a time without a colon has.
_TIME_IN_WORDS = re.compile(r"\d[hm'’′]")
_PLAYED_WITH = "w/"
_NUMBER_WITHIN = re.compile(r"(?:(?<=\s)|^)#?(\d{1,3})[.)]\s?(?=\S)")
_BETWEEN_ROWS = (
    *(re.compile(rf"\s*{sign}\s+") for sign in (";", "•", "·", "►", "▶", "※")),
    *(re.compile(rf"\s+{sign}\s+") for sign in ("/", "//", r"\|", r"\|\|", r"\*", "→")),
)
_MOST_PARAGRAPH_CHARACTERS = 20_000

Texts = list[str]


def laid_out(texts: Sequence[str]) -> Blocks:
    """Return the rows a line each, whichever layout the text has."""
    for reading in (labelled, _label_value_pairs, _fields, _copied_page, _times_apart):
        if (listed := reading(texts)).rows:
            return listed
    rows = (part for text in _rejoined(texts) for part in _split(text))
    # lines of many rows each are read no further than anybody needs
    return Blocks(list(islice(rows, MOST_ROWS + 1)), [])


def _fields(texts: Sequence[str]) -> Blocks:
    """Read a field a line, where few lines name artist and title by themselves."""
    first = list(islice(filter(None, texts), _LOOKED_AT))
    named = sum(parted(text) is not None for text in first)
    return NO_BLOCKS if named * 2 > len(first) else unlabelled(texts)


def _rejoined(texts: Sequence[str]) -> Texts:
    """Put lines together that were broken behind a comma."""
    joined: Texts = []
    for text in texts:
        above = joined[-1] if joined else ""
        short = len(above) + len(text) < _MOST_OF_A_LINE
        if above.endswith(",") and text and short and parted(above) is None:
            joined[-1] = f"{above} {text}"
        else:
            joined.append(text)
    return joined


def _label_value_pairs(texts: Sequence[str]) -> Blocks:
    """Read `Song`, title, `Artist`, name on lines of their own, as YouTube has them."""
    found: Texts = []
    used: set[int] = set()
    title = ""
    for place, (label, value) in enumerate(pairwise(texts)):
        if label.casefold() == "song":
            title = value
        elif label.casefold() == "artist" and title:
            found.append(f"{value} - {title}")
            title = ""
        else:
            continue
        used |= {place, place + 1}
    if len(found) < _LEAST_PAIRS:
        return NO_BLOCKS
    besides = (text for place, text in enumerate(texts) if place not in used)
    return Blocks(found, list(filter(None, besides)))


def _copied_page(texts: Sequence[str]) -> Blocks:
    """
    Read a page copied as text: number, time, name and label on lines of their own.

    The time may be before the number; "w/" stands for the number of what is played
    with the row above.
    """
    found: Texts = []
    besides: Texts = []
    mark, time, above = "", "", ""
    count = 0
    for text in texts:
        number = _NUMBER_ALONE.fullmatch(text)
        if number and int(number[1]) == count + 1:
            count += 1
            mark = f"{count}."
        elif text.casefold() == _PLAYED_WITH and found:
            mark = text
        elif clock := _TIME_ALONE.fullmatch(text):
            time = f"[{clock['time']}]"
        elif mark and text:
            found.append(" ".join(filter(None, (mark, time, text))))
            mark = time = ""
        elif _is_label_below(above, text, found):
            found[-1] += f" [{text}]"
        elif text:
            besides.append(text)
        above = text
    return Blocks(found, besides) if len(found) >= _LEAST else NO_BLOCKS


def _is_label_below(above: str, text: str, found: Texts) -> bool:
    """Return whether a line right below a name is its label, in capitals."""
    return (
        bool(found)
        and text.isupper()
        and found[-1].endswith(above)
        and parted(above) is not None
        and not above.endswith("]")
    )


def _times_apart(texts: Sequence[str]) -> Blocks:
    """Read times on lines of their own, above or below the names."""
    told = [text for text in texts if text]
    times = [_TIME_ALONE.fullmatch(text) for text in told]
    count = sum(time is not None for time in times)
    if count < _LEAST_PAIRS or count < _LEAST_TIMES_SHARE * len(told):
        return NO_BLOCKS
    below = _stand_below(told, times)
    found = list(told)
    for place, time in enumerate(times):
        name = place - 1 if below else place + 1
        if time and 0 <= name < len(told) and times[name] is None:
            found[name] = f"[{time['time']}] {told[name]}"
            found[place] = ""
    return Blocks([text for text in found if text], [])


def _stand_below(told: Sequence[str], times: Sequence[re.Match[str] | None]) -> bool:
    """Return whether times follow their names: the first pair of both shows it."""
    first = next(place for place, time in enumerate(times) if time)
    if first == 0:
        return False
    names = sum(parted(text) is not None for text in told[:first])
    last = times[-1] is not None
    return (
        bool(names)
        and (last or parted(told[first - 1]) is not None)
        and (last or parted(told[-1]) is None)
    )


def _split(text: str) -> Iterator[str]:
    """Yield the rows of a line that holds more than one."""
    if len(text) < _LEAST or len(text) > _MOST_PARAGRAPH_CHARACTERS:
        yield text
        return
    yield from _at_times(text) or _at_numbers(text) or _at_signs(text) or [text]


def _at_times(text: str) -> Texts:
    if text.count(":") < 2 and not _TIME_IN_WORDS.search(text):
        return []
    return _rows_from(text, [found.start() for found in _TIME_WITHIN.finditer(text)])


def _at_numbers(text: str) -> Texts:
    if text.count(".") + text.count(")") < _LEAST_PAIRS:
        return []
    starts: list[int] = []
    expected = 0
    for found in _NUMBER_WITHIN.finditer(text):
        number = int(found[1])
        if not starts or number == expected:
            starts.append(found.start())
            expected = number + 1
    return _rows_from(text, starts)


def _rows_from(text: str, starts: Sequence[int]) -> Texts:
    """Return the rows that begin at these places, and what is before them."""
    if len(starts) < _LEAST_PAIRS:
        return []
    if _NUMBER_ALONE.fullmatch(text[: starts[0]].strip()):
        starts = [0, *starts[1:]]
    rows = [
        text[start:end].strip()
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
    ]
    least = _LEAST_PAIRS if starts[0] == 0 else _LEAST
    if len(rows) < least or not all(map(_is_row, rows)):
        return []
    return [text[: starts[0]].strip(" :"), *rows]


def _at_signs(text: str) -> Texts:
    if text.count(" - ") + text.count(" – ") < _LEAST:
        return []
    for sign in _BETWEEN_ROWS:
        rows = [row.strip() for row in sign.split(text) if row.strip()]
        if len(rows) >= _LEAST and all(map(_is_row, rows)):
            return rows
    return []


def _is_row(text: str) -> bool:
    """Return whether a part of a line names artist and title by itself."""
    return len(text) <= _MOST_OF_A_LINE and parted(read_body(text).text) is not None
