"""One spelling for many: spaces, dashes, accents, case and punctuation of names."""

import re
import unicodedata
from functools import lru_cache

# Characters that are not seen: zero-width ones, marks of direction, controls.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]"
)
_SPACES = re.compile(r"\s+")
# Left out, not spaced: "Don't" is often printed "Dont", "M.A.N.D.Y." "MANDY".
_BETWEEN_INITIALS = r"(?<=\b[^\W\d_])[.](?=[^\W\d_]\b)"
_LEFT_OUT = re.compile("['’‘‛`´ʼʻ′＇]|" + _BETWEEN_INITIALS)
_ASCII_DOTS = re.compile(_BETWEEN_INITIALS)
_PUNCTUATION = re.compile(r"[\W_]+")
# Combining classes below belong to letters: the voicing of kana, vowels of Thai.
_ACCENTS_FROM = 200
# Letters that Unicode does not decompose, as people type them without.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "$": "s",
        "×": "x",
    }
)

# The same for names of ASCII alone, most of them, in one pass.
_ASCII = str.maketrans(
    {sign: " " for sign in map(chr, range(128)) if not sign.isalnum()}
    | {"$": "s", "'": None, "`": None}
)


def tidied(text: str) -> str:
    """Return the text as printed, with plain single spaces and nothing unseen."""
    # nothing to do for most printed lines; asked first because it is cheap
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """
    Return the text without case, accents and punctuation, words apart by one space.

    A text of signs alone ("!!!") stays as it is, so that no name becomes empty.
    """
    flat = text.casefold()
    if flat.isascii():
        return _folded_ascii(flat)
    flat = unicodedata.normalize("NFKD", flat).casefold()
    flat = "".join(c for c in flat if unicodedata.combining(c) < _ACCENTS_FROM)
    # Katakana and Hangul are put together again
    flat = unicodedata.normalize("NFC", _UNSEEN.sub("", flat))
    flat = flat.translate(_LETTERS)
    words = _PUNCTUATION.sub(" ", _LEFT_OUT.sub("", flat)).strip()
    return words or "".join(flat.split())


def _folded_ascii(flat: str) -> str:
    heard = flat
    if "." in flat:
        heard = _ASCII_DOTS.sub("", flat.replace("$", "s"))
    return " ".join(heard.translate(_ASCII).split()) or "".join(flat.split())
