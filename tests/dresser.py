"""Real lines clothed as people paste them: marks, times, separators, layouts."""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path

# One spaced dash, an artist without a number in front, at most a label behind.
_PLAIN = re.compile(
    r"(?P<artist>[^\W\d_][^-‐-―|/~:;\[\]{}\"“”(),]+) - "
    r"(?P<title>[^\W\d_][^-‐-―|/~:;\[\]{}\"“”]*[\w)])"
    r"(?: \[(?P<label>[A-Z][^-‐-―\[\]\d/|,:]+)\])?"
)
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_SECONDS_OF_A_TRACK = 253
LINES_OF_A_LIST = 8


@dataclass(frozen=True)
class Bare:
    """What a line says without its clothes."""

    artist: str
    title: str
    label: str | None


@dataclass(frozen=True)
class Place:
    """Where in its list a line stands."""

    number: int
    of: int

    @property
    def seconds(self) -> int:
        """Where in the mix it begins."""
        return (self.number - 1) * _SECONDS_OF_A_TRACK

    @property
    def clock(self) -> str:
        """Its time as m:ss or h:mm:ss."""
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        return (
            f"{hours}:{minutes:02}:{seconds:02}"
            if hours
            else f"{minutes:02}:{seconds:02}"
        )

    @property
    def words(self) -> str:
        """Its time as 0h04m13s."""
        minutes, seconds = divmod(self.seconds, 60)
        return f"{minutes // 60}h{minutes % 60:02}m{seconds:02}s"

    @property
    def primes(self) -> str:
        """Its time as 04'13"."""
        return f"{self.seconds // 60:02}'{self.seconds % 60:02}\""

    @property
    def end(self) -> str:
        """Where the next begins."""
        return Place(self.number + 1, self.of).clock


Mark = Callable[[Place], str]
Parted = Callable[[Bare], str]

MARKS: dict[str, Mark] = {
    "none": lambda _: "",
    "1.": lambda p: f"{p.number}. ",
    "01.": lambda p: f"{p.number:02}. ",
    "01.glued": lambda p: f"{p.number:02}.",
    "1)": lambda p: f"{p.number}) ",
    "(1)": lambda p: f"({p.number}) ",
    "[01]": lambda p: f"[{p.number:02}] ",
    "#1": lambda p: f"#{p.number} ",
    "01": lambda p: f"{p.number:02} ",
    "1": lambda p: f"{p.number} ",
    "01 -": lambda p: f"{p.number:02} - ",
    "1 -": lambda p: f"{p.number} - ",
    "1:": lambda p: f"{p.number}: ",
    "01 |": lambda p: f"{p.number:02} | ",
    "01_": lambda p: f"{p.number:02}_",
    "1/8": lambda p: f"{p.number}/{p.of} ",
    "circled": lambda p: f"{_CIRCLED[p.number - 1]} ",
    "keycap": lambda p: "".join(f"{d}\ufe0f\u20e3" for d in str(p.number)) + " ",
    "fullwidth": lambda p: "".join(chr(ord(d) + 0xFEE0) for d in f"{p.number:02}."),
    "Track 1:": lambda p: f"Track {p.number}: ",
    "No. 1": lambda p: f"No. {p.number} ",
    "A1": lambda p: f"{'AB'[p.number % 2]}{(p.number + 1) // 2}. ",
    "(A1)": lambda p: f"({'AB'[p.number % 2]}{(p.number + 1) // 2}) ",
    "bullet": lambda _: "• ",
    "dash": lambda _: "- ",
    "star": lambda _: "* ",
    "play": lambda _: "▶ ",
    "emoji": lambda _: "🎵 ",
    "quote": lambda _: "> ",
    "1. •": lambda p: f"{p.number}. • ",
}
TIMES: dict[str, Mark] = {
    "none": lambda _: "",
    "T": lambda p: f"{p.clock} ",
    "[T]": lambda p: f"[{p.clock}] ",
    "(T)": lambda p: f"({p.clock}) ",
    "<T>": lambda p: f"<{p.clock}> ",
    "{T}": lambda p: f"{{{p.clock}}} ",
    "@T": lambda p: f"@{p.clock} ",
    "**T**": lambda p: f"**{p.clock}** ",
    "`T`": lambda p: f"`{p.clock}` ",
    "⏱T": lambda p: f"⏱ {p.clock} ",
    "T -": lambda p: f"{p.clock} - ",
    "T |": lambda p: f"{p.clock} | ",
    "T:": lambda p: f"{p.clock}: ",
    "T,": lambda p: f"{p.clock}, ",
    "T →": lambda p: f"{p.clock} → ",
    "T~": lambda p: f"{p.clock}~ ",
    "T/": lambda p: f"{p.clock} / ",
    "T-glued": lambda p: f"{p.clock}-",
    "words": lambda p: f"{p.words} ",
    "primes": lambda p: f"{p.primes} ",
    "[T-T]": lambda p: f"[{p.clock} - {p.end}] ",
    "T - T": lambda p: f"{p.clock} - {p.end} ",
    "link": lambda p: f"[{p.clock}](https://www.youtube.com/watch?v=x&t={p.seconds}s) ",
}
ENDS: dict[str, Mark] = {
    "none": lambda _: "",
    "T": lambda p: f" {p.clock}",
    "tab T": lambda p: f"\t\t{p.clock}",
    "(T)": lambda p: f" ({p.clock})",
    "[T]": lambda p: f" [{p.clock}]",
    "- T": lambda p: f" - {p.clock}",
    "| T": lambda p: f" | {p.clock}",
    "@ T": lambda p: f" @ {p.clock}",
}


def _titled(bare: Bare) -> str:
    return bare.title + (f" [{bare.label}]" if bare.label else "")


SEPARATORS: dict[str, Parted] = {
    "none": lambda b: f"{b.artist} - {_titled(b)}",
    "–": lambda b: f"{b.artist} – {_titled(b)}",
    "—": lambda b: f"{b.artist} — {_titled(b)}",
    "glued —": lambda b: f"{b.artist}—{_titled(b)}",
    "a- b": lambda b: f"{b.artist}- {_titled(b)}",
    "a -b": lambda b: f"{b.artist} -{_titled(b)}",
    "--": lambda b: f"{b.artist} -- {_titled(b)}",
    "|": lambda b: f"{b.artist} | {_titled(b)}",
    "//": lambda b: f"{b.artist} // {_titled(b)}",
    "~": lambda b: f"{b.artist} ~ {_titled(b)}",
    ":": lambda b: f"{b.artist}: {_titled(b)}",
    "tab": lambda b: f"{b.artist}\t{_titled(b)}",
    "－": lambda b: f"{b.artist}　－　{_titled(b)}",
    "ltr": lambda b: f"{b.artist}\u200e - {_titled(b)}",
    "nbsp": lambda b: f"{b.artist}\u00a0-\u00a0{_titled(b)}",
    'a "t"': lambda b: f'{b.artist} "{b.title}"' + (f" [{b.label}]" if b.label else ""),
    "a「t」": lambda b: (
        f"{b.artist}「{b.title}」" + (f" [{b.label}]" if b.label else "")
    ),
    'a - "t"': lambda b: (
        f'{b.artist} - "{b.title}"' + (f" [{b.label}]" if b.label else "")
    ),
    "bold": lambda b: f"**{b.artist}** - {_titled(b)}",
    "italic": lambda b: (
        f"*{b.artist}* - *{b.title}*" + (f" [{b.label}]" if b.label else "")
    ),
    "linked": lambda b: f"[{b.artist}](https://example.com/a) - {_titled(b)}",
    "bbcode": lambda b: f"[b]{b.artist}[/b] - {_titled(b)}",
    "html": lambda b: f"<b>{b.artist}</b> - {_titled(b)}",
    "entities": lambda b: f"{b.artist} - {_titled(b)}".replace("&", "&amp;").replace(
        "'", "&#39;"
    ),
    "quoted row": lambda b: f'"{b.artist} - {_titled(b)}"',
}
BRACKETS: dict[str, Parted] = {
    "none": _titled,
    "[L - C]": lambda b: f"{b.title} [{b.label} - ABC 012]" if b.label else b.title,
    "[L / C]": lambda b: f"{b.title} [{b.label} / ABC012]" if b.label else b.title,
    "[L, year]": lambda b: f"{b.title} [{b.label}, 2014]" if b.label else b.title,
    "{L}": lambda b: f"{b.title} {{{b.label}}}" if b.label else b.title,
    "[L": lambda b: f"{b.title} [{b.label}" if b.label else b.title,
    "[L] (year)": lambda b: f"{b.title} [{b.label}] (2014)" if b.label else b.title,
    "`[L]`": lambda b: f"{b.title} `[{b.label}]`" if b.label else b.title,
}
Layout = Callable[[Sequence[str]], str]
LAYOUTS: dict[str, Layout] = {
    "none": "\n".join,
    "crlf": "\r\n".join,
    "blank between": "\n\n".join,
    "heading": lambda lines: "My set\n\nTracklist:\n" + "\n".join(lines) + "\n",
    "rules": lambda lines: (
        "===== My set =====\n\n===== Tracklist =====\n" + "\n".join(lines)
    ),
    "dash heading": lambda lines: (
        "Nova - Pier Night\n-----------------\n" + "\n".join(lines)
    ),
    "header": lambda lines: "Artist - Title\n" + "\n".join(lines),
    "total": lambda lines: "\n".join(lines) + "\nTotal time: 76:33\n",
    "link below": lambda lines: "\n".join(
        f"{line}\nhttps://example.com/{n}" for n, line in enumerate(lines)
    ),
    "thanks": lambda lines: (
        "\n".join(lines) + "\n\nThanks for listening, see you all next week!\n"
    ),
    "unknown": lambda lines: "\n".join([*lines[:3], "?", *lines[3:]]),
}


def bare_lines(mixes: Path, count: int) -> list[Bare]:
    """Give lines of real mixes that say artist, title and perhaps a label."""
    return list(islice(_plain_lines(mixes), count))


def _plain_lines(mixes: Path) -> Iterator[Bare]:
    with gzip.open(mixes, "rt", encoding="utf-8") as lines:
        for mix in map(json.loads, lines):
            for track in mix["tracklist"][:6]:
                if found := _PLAIN.fullmatch(track["line"].strip()):
                    yield Bare(found["artist"], found["title"], found["label"])


@dataclass(frozen=True)
class Outfit:
    """One dress of each sort, "none" where it goes without."""

    mark: str = "none"
    time: str = "none"
    end: str = "none"
    separator: str = "none"
    bracket: str = "none"
    layout: str = "none"

    def list_of(self, lines: Sequence[Bare]) -> str:
        """Give a list of the lines in these clothes."""
        return LAYOUTS[self.layout](
            [self._line(line, Place(n, len(lines))) for n, line in enumerate(lines, 1)]
        )

    def alone(self, line: Bare) -> str:
        """Give one line in these clothes, the third of its list."""
        return self._line(line, Place(3, LINES_OF_A_LIST))

    def _line(self, line: Bare, place: Place) -> str:
        body = (
            f"{line.artist} - {BRACKETS[self.bracket](line)}"
            if self.separator == "none"
            else SEPARATORS[self.separator](line)
        )
        front = MARKS[self.mark](place) + TIMES[self.time](place)
        return front + body + ENDS[self.end](place)


_SORTS: dict[str, dict[str, object]] = {
    "mark": {**MARKS},
    "time": {**TIMES},
    "end": {**ENDS},
    "separator": {**SEPARATORS},
    "bracket": {**BRACKETS},
    "layout": {**LAYOUTS},
}
# The separator's clothes hold the bracket's; a line has its time at one end.
_NOT_TOGETHER = frozenset({("separator", "bracket"), ("time", "end")})


def outfits() -> list[Outfit]:
    """Give every dress alone and every pair of two of different sorts."""
    made = {Outfit()}
    for sort, dresses in _SORTS.items():
        made.update(Outfit(**{sort: dress}) for dress in dresses)
    sorts = list(_SORTS)
    for place, first in enumerate(sorts):
        for second in sorts[place + 1 :]:
            if (first, second) not in _NOT_TOGETHER:
                made.update(
                    Outfit(**{first: a, second: b})
                    for a, b in product(_SORTS[first], _SORTS[second])
                )
    return sorted(made, key=repr)


def dressed(lines: Sequence[Bare]) -> Iterator[tuple[Outfit, Sequence[Bare]]]:
    """Give each outfit with lines of its own, taken in turn."""
    parts = [
        lines[start : start + LINES_OF_A_LIST]
        for start in range(0, len(lines) - LINES_OF_A_LIST, LINES_OF_A_LIST)
    ]
    yield from zip(outfits(), cycle(parts), strict=False)
