"""Bytes of any encoding as text, for sure or not at all; misread text, repaired."""

import re
from functools import lru_cache

from charset_normalizer import from_bytes

# UTF-8 read as Windows-1252: the first byte of a character and those that follow it.
_FIRST = "ÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷ø"
_OF_1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MISREAD = re.compile(f"[{_FIRST}][\x80-\xbf{_OF_1252}]")
_RUN = re.compile(f"[\x80-\xff{_OF_1252}]{{2,400}}")
_MOST_MISREADINGS = 3
# Bytes of lines beyond ASCII that are looked at: more do not make it surer.
_SAMPLE_BYTES = 32_768
_LATIN = ("cp1252", "mac_roman", "cp1250")
_OTHERS = (*("cp1251", "koi8_r", "cp1253", "cp932", "euc_jp", "gbk", "big5", "euc_kr"),)
_HIGH = re.compile(rb"[\x80-\xff]+")
_HIGH_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
# From this share of lone bytes on, the letters between are Latin.
_LATIN_SHARE = 0.5
# What a language does not have: symbols in words, capitals behind small letters.
_ODD = re.compile(
    r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘´·–—]|[^\w\s\x00-\x7f’‘“”„´·–—«»¡¿…•°](?=[^\W\d_])"
    r"|(?<=[a-zß-öø-ÿ])[À-ÖØ-ÞŠŽŒŸ](?=[a-zß-öø-ÿ]|\b)"
    r"|(?<=[^\W\d_])[À-ÖØ-ÞŠŽŒŸ](?=[a-zß-öø-ÿ])"
    r"|[\x80-\x9f]"
)
_MOST_ODD_SHARE = 0.2
# Beyond this share of letters that fit no language the library's answer is a guess.
_MOST_CHAOS = 0.2
_LEAST_LEAD = 0.01


def repaired(text: str) -> str:
    """Read again what was UTF-8 and was read as Windows-1252 and saved again."""
    for _ in range(_MOST_MISREADINGS):
        if not _MISREAD.search(text):
            return text
        better = _RUN.sub(lambda run: _read_anew(run[0]), text)
        if better == text:
            return text
        text = better
    return text


@lru_cache(maxsize=256)
def _read_anew(run: str) -> str:
    try:
        return b"".join(map(_byte, run)).decode("utf-8")
    except ValueError:
        return run


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        # five bytes are nothing in Windows-1252, and are kept as they are
        return character.encode("latin-1")


def eight_bit(content: bytes) -> str | None:
    """Return the text of bytes that are no UTF-8; None when no encoding is sure."""
    sample = _sample(content)
    encoding = _latin(sample) or _other(sample)
    return None if encoding is None else content.decode(encoding, "replace")


def _sample(content: bytes) -> bytes:
    """Return the lines that have bytes beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    for found in _HIGH_LINE.finditer(content):
        lines.append(found[0][:_SAMPLE_BYTES])
        size += len(lines[-1])
        if size > _SAMPLE_BYTES:
            break
    return b"\n".join(lines)


def _latin(sample: bytes) -> str | None:
    """Return the Latin encoding that reads best, if the bytes are scattered so."""
    runs = _HIGH.findall(sample)
    high = sum(map(len, runs))
    if not high or sum(len(run) == 1 for run in runs) < _LATIN_SHARE * high:
        return None
    odd: dict[str, int] = {}
    for encoding in _LATIN:
        try:
            odd[encoding] = len(_ODD.findall(sample.decode(encoding)))
        except UnicodeDecodeError:
            continue
    best = min(odd, key=lambda encoding: odd[encoding], default=None)
    return best if best and odd[best] <= _MOST_ODD_SHARE * high else None


def _other(sample: bytes) -> str | None:
    """Ask the library, and take its answer only where the second best is worse."""
    found = list(from_bytes(sample, cp_isolation=[*_OTHERS]))
    if not found or found[0].chaos > _MOST_CHAOS:
        return None
    best, others = found[0], [each for each in found[1:] if str(each) != str(found[0])]
    if others and (
        others[0].chaos - best.chaos < _LEAST_LEAD
        and best.coherence - others[0].coherence < _LEAST_LEAD
    ):
        return None
    return best.encoding
