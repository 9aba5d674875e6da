"""A file of many usual tracks for every reader, made as large as is asked for."""

import json
import struct
from collections.abc import Callable, Iterator
from itertools import count

Named = tuple[int, str, str]


def _tracks() -> Iterator[Named]:
    for n in count(1):
        yield n, f"Vela Nord {n}", f"Harbour Lights {n} (Tamsin Grey Remix)"


def _filled(
    size: int, head: str, row: Callable[[int, str, str], str], foot: str = ""
) -> bytes:
    parts, left = [head], size - len(head) - len(foot)
    for n, artist, title in _tracks():
        parts.append(row(n, artist, title))
        left -= len(parts[-1])
        if left <= 0:
            return "".join([*parts, foot]).encode()
    raise AssertionError


def _text(size: int) -> bytes:
    return _filled(
        size, "", lambda n, a, t: f"[{n // 60}:{n % 60:02}] {a} - {t} [Pier]\n"
    )


def _csv(size: int) -> bytes:
    return _filled(
        size, "Artist,Title,Label\n", lambda _, a, t: f'{a},"{t}",Pier Works\n'
    )


def _bars(size: int) -> bytes:
    return _filled(
        size,
        "| # | Artist | Title |\n|---|---|---|\n",
        lambda n, a, t: f"| {n} | **{a}** | {t} |\n",
    )


def _rekordbox_txt(size: int) -> bytes:
    head = "#\tTrack Title\tArtist\tAlbum\tBPM\tTime\n"
    return _filled(size, head, lambda n, a, t: f"{n}\t{t}\t{a}\tX\t128.00\t06:12\n")


def _cue(size: int) -> bytes:
    return _filled(
        size,
        'PERFORMER "DJ"\nTITLE "Set"\nFILE "set.mp3" MP3\n',
        lambda n, a, t: (
            f'  TRACK {n} AUDIO\n    PERFORMER "{a}"\n    TITLE "{t}"\n'
            f"    INDEX 01 {n * 4}:00:00\n"
        ),
    )


def _m3u(size: int) -> bytes:
    return _filled(
        size, "#EXTM3U\n", lambda n, a, t: f"#EXTINF:300,{a} - {t}\nmusic/{n}.mp3\n"
    )


def _rekordbox_xml(size: int) -> bytes:
    head = '<?xml version="1.0"?><DJ_PLAYLISTS><COLLECTION>'
    half = _filled(
        size * 9 // 10,
        head,
        lambda n, a, t: f'<TRACK TrackID="{n}" Name="{t}" Artist="{a}" Label="P"/>\n',
    )
    keys = "".join(f'<TRACK Key="{n}"/>' for n in range(1, half.count(b"TrackID") + 1))
    return (
        half
        + (
            '</COLLECTION><PLAYLISTS><NODE Type="0" Name="ROOT"><NODE Type="1" '
            f'KeyType="0" Name="p">{keys}</NODE></NODE></PLAYLISTS></DJ_PLAYLISTS>'
        ).encode()
    )


def _nml(size: int) -> bytes:
    half = _filled(
        size * 2 // 3,
        '<?xml version="1.0"?><NML VERSION="19"><COLLECTION>',
        lambda n, a, t: (
            f'<ENTRY TITLE="{t}" ARTIST="{a}"><LOCATION DIR="/:m/:" FILE="{n}.mp3" '
            'VOLUME="d"></LOCATION><INFO LABEL="P"></INFO></ENTRY>\n'
        ),
    )
    keys = "".join(
        f'<ENTRY><PRIMARYKEY TYPE="TRACK" KEY="d/:m/:{n}.mp3"/></ENTRY>'
        for n in range(1, half.count(b"<LOCATION") + 1)
    )
    return (
        half
        + (
            '</COLLECTION><PLAYLISTS><NODE TYPE="FOLDER" NAME="$ROOT"><SUBNODES>'
            '<NODE TYPE="PLAYLIST" NAME="p"><PLAYLIST TYPE="LIST" UUID="u">'
            f"{keys}</PLAYLIST></NODE></SUBNODES></NODE></PLAYLISTS></NML>"
        ).encode()
    )


def _traktor_html(size: int) -> bytes:
    head = (
        "<html><body><h1>Track List: Set</h1><table>"
        "<tr><th>Title</th><th>Artist</th></tr>"
    )
    return _filled(
        size,
        head,
        lambda _, a, t: f"<tr><td>{t}</td><td>{a}</td></tr>\n",
        "</table></body></html>",
    )


def _wikitext(size: int) -> bytes:
    return _filled(
        size, "== Tracklist ==\n", lambda n, a, t: f"# [{n % 999}] {a} - {t} [Pier]\n"
    )


def _page(size: int) -> bytes:
    return _filled(
        size,
        '<html><body><div id="tlTab">',
        lambda n, a, t: (
            f'<div class="tlpTog tlpItem" id="tlp_{n}"><span id="tlp{n}_tracknumber'
            f'_value">{n}</span><span class="trackValue">{a} - {t}</span>'
            f'<meta itemprop="name" content="{a} - {t}"></div>\n'
        ),
        "</div></body></html>",
    )


def _json(size: int) -> bytes:
    return _filled(
        size,
        '[{"artist": "A", "title": "B"}',
        lambda _, a, t: f",\n{json.dumps({'artist': a, 'title': t})}",
        "]",
    )


def _chunk(tag: bytes, payload: bytes) -> bytes:
    return tag + struct.pack(">I", len(payload)) + payload


def _field(number: int, text: str) -> bytes:
    value = text.encode("utf-16-be") + b"\0\0"
    return struct.pack(">II", number, len(value)) + value


def _serato(size: int) -> bytes:
    parts = [_chunk(b"vrsn", "1.0/Serato Scratch LIVE Review".encode("utf-16-be"))]
    left = size
    for n, artist, title in _tracks():
        row = struct.pack(">III", 1, 4, n) + _field(6, title) + _field(7, artist)
        parts.append(_chunk(b"oent", _chunk(b"adat", row)))
        left -= len(parts[-1])
        if left <= 0:
            break
    return b"".join(parts)


# Every reader, and the size of what it accepts at most where that is less than 10 MB.
KINDS: dict[str, Callable[[int], bytes]] = {
    "text": _text,
    "csv": _csv,
    "markdown": _bars,
    "rekordbox txt": _rekordbox_txt,
    "cue": _cue,
    "m3u": _m3u,
    "wikitext": _wikitext,
    "1001tracklists page": _page,
    "traktor html": _traktor_html,
    "rekordbox xml": _rekordbox_xml,
    "traktor nml": _nml,
    "serato session": _serato,
    "json": _json,
}
