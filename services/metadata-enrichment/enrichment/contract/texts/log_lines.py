"""Log lines of libraries and crawls: texts of others forge none and hold no secret."""

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from enrichment.contract.texts import own_secrets
from enrichment.contract.texts.plain_text import shown

# Their records have several lines on purpose, and nothing of others in them.
_OF_SEVERAL_LINES = frozenset(
    {"scrapy.crawler", "scrapy.middleware", "scrapy.statscollectors"}
)


class PlainRecord(logging.LogRecord):
    """A record that any handler prints on one line, its traceback below."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (the library's)
        super().__init__(*arguments, **named)
        if self.exc_info:
            told = "".join(traceback.format_exception(*self.exc_info)).rstrip("\n")
            lines = own_secrets.hidden(told).split("\n")
            # a formatter takes what stands here
            self.exc_text = "\n".join(map(shown, lines))

    def getMessage(self) -> str:  # noqa: N802 (the library's)
        """Return the message as written, with arguments that stay on the line."""
        if self.name in _OF_SEVERAL_LINES:
            return own_secrets.hidden(super().getMessage())
        return own_secrets.hidden(_sentence(str(self.msg), self.args))


def install() -> None:
    """Let every record of this process from now on be such a one."""
    logging.setLogRecordFactory(PlainRecord)


class _Shown:
    """An argument of a message, whose text and repr stay on the line."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        return shown(str(self._value))

    def __repr__(self) -> str:
        return shown(repr(self._value))


def _sentence(message: str, arguments: object) -> str:
    if not arguments:
        return shown(message)
    if isinstance(arguments, Mapping):
        return message % {name: _argument(one) for name, one in arguments.items()}
    if isinstance(arguments, tuple):
        return message % tuple(map(_argument, arguments))
    return message


def _argument(value: object) -> object:
    """Show all but numbers, which keep their type for the message's `%d`."""
    return value if isinstance(value, int | float) else _Shown(value)
