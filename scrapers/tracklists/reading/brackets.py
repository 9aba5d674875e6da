"""Label, catalogue number and year in the brackets behind a title."""

import re
from typing import NamedTuple

from enrichment.contract.identity.spelling import folded
from enrichment.contract.identity.versions import is_version

_OPENINGS = {"]": "[", "}": "{", ">": "<"}
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_BEHIND = re.compile(
    r"\s?[,/|]\s?(?:19|20)\d\d$|(?<=[a-z])\s(?:19|20)\d\d$|\s?\((?:19|20)\d\d\)$"
)
_NUMBERED_LABEL = re.compile(r" [-‐-―−] .*\d")
_ONLY_NUMBER = re.compile(r"[A-Z]{2,16}[ -]?\d{2,5}[A-Z]{0,2}")
# "Label / CAT001", "Label, CAT 001", "Label | CAT001D"
_CATALOGUE = re.compile(r"#?(?:\d{1,3})?[A-Z][A-Z&.]{0,15}[ _-]?\d{1,6}[A-Z]{0,4}\d?")
_CATALOGUE_BEHIND = re.compile(r"[\s-]\(?([A-Z]{2,16}\d{2,6}[A-Z]{0,2})\)?$")
_ROUND = re.compile(
    r"(?<=\S)\s\(([^()]{2,60}) - ([A-Z]{2,16}[ -]?\d{1,6}[A-Z]{0,2})\)$"
)
_BETWEEN = re.compile(r"\s*[/|,]\s*|\s[–—]\s|:\s")
_AFTER_LABEL = re.compile(r"(?<=[\]}])\s*(?:\((?:\d{1,4})\)|(?:19|20)\d\d|\))$")
# A show's own words behind the label: "[Pier] TUNE OF THE WEEK".
_CAPITALS_AFTER = re.compile(
    r"(?<=[^\s\[]\])\s\W{0,2}[A-Z]{2,}(?:\s[A-Z]{2,}){1,5}\W{0,2}$"
)
# "[From "Roof" - Side B]" says where the track is from.
_QUOTE = re.compile(r"[\"“”].*[\"“”]")
_LABEL_NAME = re.compile(r"\b(?:records?|recordings|recs?\.?)$", re.IGNORECASE)
# "(Nova Records)"; but a place where it was played is of the title.
_ROUND_LABEL = re.compile(
    r"(?<=\S)\s\(((?!live\b|at\b|from\b)[^\s()]+(?:\s[^\s()]+){0,3}"
    r"\s(?:records|recordings))\)$",
    re.IGNORECASE,
)
_CALLED = re.compile(r"(?:(?:record\s)?label\s?:|[℗©])\s?(?=\S)", re.IGNORECASE)
_OTHER_CLOSINGS = {")": "(", "}": "{", ">": "<", "\\": ""}
# Longer ones are remarks.
_MOST_CHARACTERS = 100
# Versions although nobody is named; "[Redux]" and "[Rework]" alone are labels.
_STAND_ALONE = frozenset(
    {
        *("remix", "rmx", "edit", "reedit", "bootleg", "vip", "mashup", "mix", "dub"),
        *("version", "instrumental", "acapella", "live", "original", "demo", "cut"),
        *("tool", "extended", "acoustic", "unplugged", "intro", "outro", "clean"),
        *("explicit", "remaster", "remastered", "overdub"),
    }
)
_NO_LABEL = frozenset(
    {"", "?", "unreleased", "free", "free download", "promo", "unknown", "forthcoming"}
)


class Labelled(NamedTuple):
    """A title without its label."""

    title: str
    label: str | None = None
    catalog_number: str | None = None


def without_label(title: str) -> Labelled:
    """Take label, catalogue number and year off the end of a title."""
    if "[" not in title and title[-1:] not in {"}", ">"}:
        return _in_round_brackets(title) or _dashed(title)
    if title[-1] != "]" or title.count("]") > title.count("["):
        title = _AFTER_LABEL.sub("", _balanced(title))
    found = _last_bracket(title)
    if found is None and (behind := _CAPITALS_AFTER.search(title)):
        return without_label(title[: behind.start()])
    if found is None:
        return _dashed(title)
    rest, inner = found
    if not rest or _QUOTE.search(inner) or _is_bracketed_version(inner):
        return Labelled(title)
    label, number = _label_and_number(inner)
    before = _last_bracket(rest) if label is None and rest.endswith("]") else None
    if before and before[0] and not _is_bracketed_version(before[1]):
        # The number or the year has a bracket of its own.
        label, own = _label_and_number(before[1])
        return Labelled(before[0], label, number or own)
    return Labelled(rest, label, number)


def _in_round_brackets(title: str) -> Labelled | None:
    """Take off "(Label - CAT001)"; other round brackets are of the title."""
    if title[-1:] != ")":
        return None
    found = _ROUND.search(title)
    if not found:
        alone = _ROUND_LABEL.search(title)
        return alone and Labelled(title[: alone.start()], alone[1])
    if is_version(found[1]):
        return None
    return Labelled(title[: found.start()], found[1], found[2])


def _balanced(title: str) -> str:
    """Take off the closing bracket that is too many, and the parent label's name."""
    if title.endswith("]") and title.count("]") > title.count("["):
        title = title[:-1].rstrip()
    if title.endswith(")") and (end := title.rfind("] (")) > 0:
        group = title[end + 3 : -1]
        inner = title[title.rfind("[", 0, end) + 1 : end]
        if "(" not in group and not is_version(group) and not is_version(inner):
            return title[: end + 1]
    return title


def _last_bracket(title: str) -> tuple[str, str] | None:
    """Return what is before and within the bracket that ends a title."""
    opening = _OPENINGS.get(title[-1:], "")
    if opening and opening in title:
        start = title.rfind(opening)
        inner = title[start + 1 : -1]
    else:
        start = title.rfind("[")
        if "]" in title[start:]:
            return None
        inner = _without_closing(title[start + 1 :])
    if start < 0 or len(inner) > _MOST_CHARACTERS:
        return None
    return title[:start].rstrip(), inner.strip()


def _without_closing(inner: str) -> str:
    """Take off a closing bracket of another kind, which opens nowhere within."""
    while inner and inner[-1] in _OTHER_CLOSINGS:
        opening = _OTHER_CLOSINGS[inner[-1]]
        if opening and inner.count(opening) >= inner.count(inner[-1]):
            break
        inner = inner[:-1]
    return inner


def _label_and_number(inner: str) -> tuple[str | None, str | None]:
    if ":" in inner or inner[:1] in {"℗", "©"}:
        inner = _CALLED.sub("", inner, count=1)
    if inner[-1:].isdigit() or inner[-1:] == ")":
        if _YEAR.fullmatch(inner):
            return None, None
        inner = _YEAR_BEHIND.sub("", inner) or inner
    label, dash, number = inner.rpartition(" - ")
    if not dash:
        label, number = _apart(inner)
    if not number and _ONLY_NUMBER.fullmatch(label):
        return None, label
    if label.casefold() in _NO_LABEL:
        return None, number or None
    return label, number or None


def known_label(printed: str) -> str | None:
    """Return a label that a format keeps apart, unless it says that there is none."""
    return None if printed.casefold() in _NO_LABEL else printed


def _apart(inner: str) -> tuple[str, str]:
    """Part "Label / CAT001" and "Label CAT001"; what is no number stays."""
    for found in reversed(list(_BETWEEN.finditer(inner))):
        number = inner[found.end() :]
        if _CATALOGUE.fullmatch(number) and inner[: found.start()]:
            return inner[: found.start()], number
        break
    if behind := _CATALOGUE_BEHIND.search(inner):
        return inner[: behind.start()], behind[1]
    return inner, ""


def _is_bracketed_version(inner: str) -> bool:
    """Return whether a square bracket is a version, not a label ("Special Edits")."""
    if not is_version(inner, last=True) or _NUMBERED_LABEL.search(inner):
        return False
    words = folded(inner).replace("re edit", "reedit").split()
    # "In Dub" is a label, too
    return words[0] in _STAND_ALONE if len(words) == 1 else words[0] != "in"


def _dashed(title: str) -> Labelled:
    name, dash, label = title.rpartition(" - ")
    if dash and name and _LABEL_NAME.search(label):
        return Labelled(name, label)
    return Labelled(title)
