"""Signs that part artist and title in a whole text, where no dash does."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

# From this share of the lines on, a sign is a habit of who wrote them.
_HABIT_SHARE = 0.6
_LEAST_LINES = 4
# A sign between spaces; those that names have within are none ("A & B", "A + B").
_SIGN = re.compile(r"(?<=\S)\s([^A-Za-z0-9\s\"'“”‘’()\[\]{}&+,.!?#$%@-]{1,3})\s(?=\S)")
_OTHERS = (
    re.compile(r"\s*\|\s*"),
    re.compile(r"\s*//+\s*"),
    re.compile(r"\s*:\s+"),
    re.compile(r"\s*;\s+"),
    re.compile(r"(?<=[^\s\d-])[-–—](?=[^\s\d-])"),
)
COLUMNS = re.compile(r"[\t ]{2,}|\t")


def separators(texts: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """Yield the signs that most lines have, those between spaces first."""
    told = [text for text in texts if text]
    signs = Counter(sign for text in told for sign in set(_SIGN.findall(text)))
    for sign, count in signs.most_common():
        if _is_habit(count, len(told)) and not sign.isalnum():
            yield re.compile(rf"\s{re.escape(sign)}\s")
    for pattern in _OTHERS:
        if _is_habit(sum(pattern.search(text) is not None for text in told), len(told)):
            yield pattern


def in_columns(raws: Sequence[str]) -> list[str]:
    """Return the lines with a bar for their tabs; empty where few have any."""
    told = [raw.strip() for raw in raws]
    count = sum(COLUMNS.search(raw) is not None for raw in told)
    if not _is_habit(count, sum(bool(raw) for raw in told)):
        return []
    return [COLUMNS.sub(" | ", raw) for raw in told]


def _is_habit(count: int, lines: int) -> bool:
    return count > _LEAST_LINES or (count > 1 and count >= _HABIT_SHARE * lines)
