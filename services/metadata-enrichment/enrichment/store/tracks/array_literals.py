"""Rows turned into columns, each the literal of an array: Postgres parses, not we."""

from collections.abc import Iterable, Mapping, Sequence

# Between elements while a column is escaped as a whole, and in place of NULL. No text
# of ours holds them: ASCII's unit and record separators.
_BETWEEN = "\x1f"
_NULL = "\x1e"


def columns_of(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Return the columns of rows of one length, in order; there is at least one row."""
    return [_literal(column) for column in zip(*rows, strict=True)]


def text_array(texts: Iterable[str]) -> str:
    """Return the literal of one text[]."""
    texts = tuple(texts)
    return _literal(texts) if texts else "{}"


def _literal(values: Sequence[object]) -> str:
    """Quote every element, escape backslash and quote; None is NULL."""
    texts = [
        value if type(value) is str else _NULL if value is None else str(value)
        for value in values
    ]
    joined = _BETWEEN.join(texts)
    nulls = joined.count(_NULL)
    if joined.count(_BETWEEN) >= len(texts) or nulls > values.count(None):
        return _literal([_without_marks(value) for value in values])
    if '"' in joined or "\\" in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    literal = '{"' + joined.replace(_BETWEEN, '","') + '"}'
    return literal.replace(f'"{_NULL}"', "NULL") if nulls else literal


def _without_marks(value: object) -> object:
    if value is None:
        return None
    return str(value).replace(_BETWEEN, " ").replace(_NULL, " ")


def given(columns: Mapping[str, str]) -> str:
    """
    Read columns of many rows, each of them one text: an array's literal.

    A driver's own arrays cost the worker four times as much: every element is looked at
    whether it is an array again.
    """
    arrays = (f"${n}::text::{kind}[]" for n, kind in enumerate(columns.values(), 1))
    return f"unnest({', '.join(arrays)}) AS given ({', '.join(columns)})"
