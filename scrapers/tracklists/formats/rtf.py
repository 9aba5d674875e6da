"""Text in RTF, as TextEdit, WordPad and Word save it."""

import re

from scrapers.tracklists.tracklist import NotUnderstood

_HEAD = re.compile(r"\s*\{\\rtf")
# The reader gives a link's address behind its words.
_ADDRESS = re.compile(r"\(\"?(?:https?|mailto):[^\s()\"]{1,500}\"?\)")


def looks_like_rtf(text: str) -> bool:
    """Recognise it by its first word."""
    return _HEAD.match(text) is not None


def text_of(content: str) -> str:
    """
    Return the text without its dress.

    Raises:
        NotUnderstood: it is damaged.
    """
    from striprtf.striprtf import rtf_to_text

    try:
        text: str = rtf_to_text(content, errors="replace")  # type: ignore[no-untyped-call]
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        raise NotUnderstood(f"the RTF cannot be read: {error}") from error
    return _ADDRESS.sub("", text).replace("\xa0", " ")
