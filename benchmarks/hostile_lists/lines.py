"""Lines that make patterns look again and again: one of a megabyte, or many."""

from collections.abc import Iterator

# The longest line that a reader looks at, and one that is longer than any of them.
_LENGTHS = (900, 1_900)
_PIECES = (
    *("[a] ", "w/ ", "1. ", "- ", "a - b", " - ", "((", "[", "]", "[[a|", "[a](/"),
    *("feat. a ", "a & ", "a x ", "'", '"', "“", "&amp;", "&", "**a", "_a_ ", "`"),
    *("<b>", "{", "a\t", "00:00 ", "0:0", " by a", "http://", "www.a.", "·"),
    *("①", "、", "a&a+a/"),
    *("(a) ", " aka ", " pres. ", " the ", "1:", "mix ", "(mix) ", ") [", "][", "ä"),
    *("a, The ", " | ", "//", "~", "—", "#1 ", "@", "\u200e", "🎵", "a.", "\\*", "é'")
)  # fmt: skip
_CSV = "Artist,Title\n"


def files(size: int) -> Iterator[tuple[str, bytes]]:
    """Yield one line, many lines and many cells of each piece."""
    for piece in _PIECES:
        name = repr(piece)
        yield f"one line of {name}", (piece * (size // len(piece))).encode()
        for length in _LENGTHS:
            line = (piece * (length // len(piece) + 1))[:length]
            many = f"{line} - {line[:40]}\n" * (size // (length + 44))
            yield f"lines of {length} {name}", many.encode()
            cells = f'"{line.replace(chr(34), "")}",{line[:40].replace(chr(34), "")}\n'
            table = _CSV + cells * (size // len(cells))
            yield f"cells of {length} {name}", table.encode()
