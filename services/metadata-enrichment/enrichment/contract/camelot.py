"""Musical key to Camelot: the one table."""

import re

# Steps of the circle of fifths: a fifth up is one hour on.
_MINOR = {
    "G#": 1, "D#": 2, "A#": 3, "F": 4, "C": 5, "G": 6,
    "D": 7, "A": 8, "E": 9, "B": 10, "F#": 11, "C#": 12,
}  # fmt: skip
_MAJOR = {
    "B": 1, "F#": 2, "C#": 3, "G#": 4, "D#": 5, "A#": 6,
    "F": 7, "C": 8, "G": 9, "D": 10, "A": 11, "E": 12,
}  # fmt: skip
# Flats, and the sharps of white keys, as the name used above.
_SAME_TONE = {
    "DB": "C#", "EB": "D#", "GB": "F#", "AB": "G#", "BB": "A#",
    "CB": "B", "FB": "E", "E#": "F", "B#": "C",
}  # fmt: skip

_KEY = re.compile(
    r"([A-G])\s?(#|♯|b|♭|sharp\b|flat\b|-sharp\b|-flat\b)?"
    r"\s*(major|maj|dur|minor|min|moll|mol|m|M)?\.?",
    re.IGNORECASE,
)
_CAMELOT = re.compile(r"0?([1-9]|1[0-2])\s?([AB])", re.IGNORECASE)
_OPEN_KEY = re.compile(r"0?([1-9]|1[0-2])\s?([md])", re.IGNORECASE)
# Open Key counts from A minor and C major, which are at eight in Camelot.
_OPEN_KEY_SHIFT = 7
_HOURS = 12


def camelot(key: str) -> str | None:
    """
    Return the Camelot code of a key ("F♯ min" is "11A"), or None when it is no key.

    A letter alone is major; Camelot and Open Key codes are read as well.
    """
    text = key.strip()
    if found := _CAMELOT.fullmatch(text):
        return f"{int(found[1])}{found[2].upper()}"
    if found := _OPEN_KEY.fullmatch(text):
        hour = (int(found[1]) + _OPEN_KEY_SHIFT - 1) % _HOURS + 1
        return f"{hour}{'A' if found[2].lower() == 'm' else 'B'}"
    found = _KEY.fullmatch(text)
    if not found:
        return None
    tone = found[1].upper() + _accidental(found[2] or "")
    tone = _SAME_TONE.get(tone, tone)
    hours, letter = (_MINOR, "A") if _is_minor(found[3] or "") else (_MAJOR, "B")
    place = hours.get(tone)
    return None if place is None else f"{place}{letter}"


def open_key(code: str) -> str:
    """Return a Camelot code as Open Key has it: "8A" is "1m"."""
    hour = (int(code[:-1]) - _OPEN_KEY_SHIFT - 1) % _HOURS + 1
    return f"{hour}{'m' if code[-1] == 'A' else 'd'}"


def _accidental(printed: str) -> str:
    if not printed:
        return ""
    return "#" if printed in "#♯" or "sharp" in printed.lower() else "B"


def _is_minor(printed: str) -> bool:
    # "Am" is minor and "AM" major: only this one letter is told by its case
    return printed == "m" or printed.lower() in {"minor", "min", "moll", "mol"}
