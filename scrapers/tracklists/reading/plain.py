"""A line without the markup of where it was copied from: the grammar's first step."""

import html
import re

from enrichment.contract.identity.spelling import tidied

# Full-width forms that the grammar means something by; letters stay as printed.
_FULL_WIDTH = str.maketrans(
    {chr(0xFF10 + digit): str(digit) for digit in range(10)}
    | dict(
        zip(
            "．，：；（）［］｛｝＃／｜～－＋＜＞＆〜",
            ".,:;()[]{}#/|~-+<>&~",
            strict=True,
        )
    )
    | dict(zip("【】〔〕", "[][]", strict=True))
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|font|h[1-6]|i|img|li|mark|ol|p|pre|s|small|span|strong"
    r"|sub|sup|td|th|tr|u|ul)(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_BBCODE = re.compile(
    r"\[(b|i|u|s|url|colou?r|size|font|quote|center|spoiler|code)(?:=[^\[\]]{0,300})?\]"
    r"(.{0,300}?)\[/\1\]",
    re.IGNORECASE,
)
# What begins or ends a part of a post, on a line of its own.
_BBCODE_ALONE = re.compile(
    r"\[/?(?:list|quote|spoiler|code|indent|center|left|right|b|i|u|size|font|colou?r)"
    r"(?:=[^\[\]]{0,300})?\]",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\[\]]{1,300})\]\((?:https?://|www\.|/)[^\s()]{0,500}\)")
_LABEL_LINK = re.compile(
    r"\[(\[[^\[\]]{1,300}\])\]\((?:https?://|www\.|/)[^\s()]{0,500}\)"
)
# Behind a title it is the label, whose brackets say so.
_WIKI_LABEL = re.compile(
    r"(?<=[^\s\W])\s\[(\[(?!Category:)[^\[\]|]{2,100}\])\]$", re.IGNORECASE
)
_WIKI_LINK = re.compile(
    r"\[\[(?:Category:[^\[\]]{0,300}|(?:[^\[\]|]{1,300}\|)?([^\[\]|]{1,300}))\]\]"
)
_ESCAPED = re.compile(r"(?<![^\w\s.*_])\\([\\`*_{}\[\]()#+.!|>~-])")
_CODE = re.compile(r"`([^`]{1,500})`")
_SPOILER = re.compile(r"\|\|(?=\S)([^|]{1,500})(?<=\S)\|\|")
# Emphasis is at the ends of words: "N*E*R*D", "F**k" and "M_REC" have none.
_EMPHASIS = re.compile(
    r"(?<![^\W_])(?<![*~\\])(\*{1,3}|_{1,3}|~~)(?=[^\s*_~])([^*_~]{1,500})(?<=[^\s*_~])\1(?![\w*_~])"
)
_ESCAPED_MARKDOWN = "\\"
# Of a line that says more than its address.
_ADDRESS_END = re.compile(r"(?<=\S\S)\s\(?(?:https?://|www\.)[^\s()]{1,500}\)?$")
_USUAL_ENDS = frozenset(')]?!"”')
_ENDING = re.compile(
    "(?:(?<=\\S)[,;\\\\]|\\s[-=_*~#/|]{2,40}|\\s\\||(?<=[\\])}])\\.|\\s[.*]|\\s<3|\\s?[\U0001f000-\U0001faff❤♥✨✅⭐♩-♬★✓✔]){1,9}$"
)
_MOST_OF_AN_ENDING = 120
_MARKDOWN = frozenset("*_`~")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s)|(?<=\s)'(?=\w)")
_WITHIN_WORD = re.compile(r"(?<=\w)'(?=\w)")
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'", "”": "”"}


def plain(text: str) -> str:
    """Return the line as a reader sees it, with single spaces and without markup."""
    text = tidied(text)
    if not text.isascii():
        text = text.translate(_FULL_WIDTH)
    if "_-_" in text:
        # a name that a file had
        text = text.replace("_", " ")
    if "<" in text:
        text = _TAG.sub("", text)
    if "&" in text and _ENTITY.search(text):
        # twice: what was escaped twice is no rarer than what was escaped once
        text = html.unescape(html.unescape(text))
    if "[" in text:
        text = _without_bracket_codes(text)
    if "||" in text:
        text = _SPOILER.sub(r"\1", text)
    if not _MARKDOWN.isdisjoint(text):
        text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _CODE.sub(r"\1", text)))
    if _ESCAPED_MARKDOWN in text:
        text = _ESCAPED.sub(r"\1", text)
    return tidied(text)


def _without_bracket_codes(text: str) -> str:
    """Take off BBCode and links of wikis and Markdown."""
    if text[0] == "[" and _BBCODE_ALONE.fullmatch(text):
        return ""
    if "[/" in text:
        text = _BBCODE.sub(r"\2", _BBCODE.sub(r"\2", text))
    if "[[" in text:
        text = _WIKI_LABEL.sub(r" \1", text)
        text = _WIKI_LINK.sub(lambda link: link[1] or "", text)
    if "](" in text:
        text = _LINK.sub(r"\1", _LABEL_LINK.sub(r"\1", text))
    return text


def without_ending(text: str) -> str:
    """Take off what ends a line and says nothing: an address, a comma, pictures."""
    if "://" in text or "www." in text:
        found = _ADDRESS_END.search(text)
        text = text[: found.start()] if found else text
    if (text[-1:].isalnum() and text[-2:] != "<3") or text[-1:] in _USUAL_ENDS:
        return text
    found = _ENDING.search(text, max(0, len(text) - _MOST_OF_AN_ENDING))
    return (text[: found.start()] if found else text) or text


def unquoted(text: str) -> str:
    """Take off the quotation marks that hold the whole text, and only that."""
    closing = _QUOTES.get(text[:1])
    if closing is None or len(text) < 3 or text[-1] not in closing:
        return text
    inner = text[1:-1]
    # "Zed's" has an apostrophe, not the end of what is quoted
    told = _APOSTROPHE.sub("", inner) if text[0] == "'" else inner
    return text if text[0] in told or text[-1] in told else inner.strip()


def unquoted_start(text: str) -> str:
    """Take quotation marks off the title that is before brackets or alone."""
    closing = _QUOTES.get(text[:1])
    if closing is None or len(text) < 3:
        return text
    told = _WITHIN_WORD.sub("_", text[1:]) if text[0] == "'" else text[1:]
    ends = [place + 1 for sign in closing if (place := told.find(sign)) >= 0]
    if not ends:
        return text
    end = min(ends)
    behind = text[end + 1 :].lstrip()
    if not text[1:end].strip() or (behind and behind[0] not in "([{"):
        return text
    return f"{text[1:end].strip()} {behind}".strip()
