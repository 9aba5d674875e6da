"""One and the same set in every format that is read, as the real programs write it."""

import contextlib
import io
import json
import plistlib
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from openpyxl import Workbook


@dataclass(frozen=True)
class Song:
    """A track of the set, with all that a file may know of it."""

    artist: str
    title: str
    cue: int
    isrc: str = ""
    seconds: int = 0
    bpm: float = 0
    key: str = ""
    album: str = ""
    label: str = ""
    year: int = 0
    artwork: str = ""
    path: str = ""

    @property
    def name(self) -> str:
        return f"{self.artist} - {self.title}"


SET = (
    Song(
        *("Ada Frost & Bo Lund", "Tide (Mira Remix)", 0, "GBABC3100001", 251, 124.5),
        *("8A", "Harbour", "Quay", 2031, "https://pics.example/tide.jpg"),
        "/music/Ada Frost & Bo Lund - Tide (Mira Remix).mp3",
    ),
    Song(
        *("Örla", "Glass", 225, "USXYZ3000002", 300, 126.0, "4A", "Panes", "Pier"),
        *(2030, "https://pics.example/glass.jpg", "/music/Örla - Glass.flac"),
    ),
    Song(
        *("Juno Vale", "Lanterns", 5021, "DEQ320900003", 415, 128.0, "11B", "Lights"),
        *(
            "Quay",
            2029,
            "https://pics.example/l.jpg",
            "/music/Juno Vale - Lanterns.wav",
        ),
    ),
    Song(
        *("Nova Kepler", "Encore (Live)", 5300, "FRZ110800004", 199, 100.0, "9B"),
        *("Out", "Pier", 2028, "https://pics.example/e.jpg"),
        "/music/Nova Kepler - Encore (Live).mp3",
    ),
)

Songs = Sequence[Song]


def _clock(seconds: int, mark: str = ".") -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}000"


def _address(song: Song, host: str = "") -> str:
    return f"file://{host}{quote(song.path)}"


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def pls(songs: Songs) -> bytes:
    entries = (
        f"File{n}={song.path}\nTitle{n}={song.name}\nLength{n}={song.seconds}"
        for n, song in enumerate(songs, start=1)
    )
    return _lines(
        ["[playlist]", *entries, f"NumberOfEntries={len(songs)}", "Version=2"]
    )


def xspf(songs: Songs) -> bytes:
    tracks = (
        f"<track><location>{escape(_address(s))}</location>"
        f"<identifier>isrc:{s.isrc}</identifier><title>{escape(s.title)}</title>"
        f"<creator>{escape(s.artist)}</creator><album>{escape(s.album)}</album>"
        f"<duration>{s.seconds * 1000}</duration><image>{s.artwork}</image></track>"
        for s in songs
    )
    return _lines(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Night</title>',
            "<trackList>",
            *tracks,
            "</trackList></playlist>",
        ]
    )


def jspf(songs: Songs) -> bytes:
    tracks = [
        {
            "location": [_address(s)],
            "identifier": [f"urn:isrc:{s.isrc}"],
            "title": s.title,
            "creator": s.artist,
            "album": s.album,
            "duration": s.seconds * 1000,
            "image": s.artwork,
        }
        for s in songs
    ]
    return json.dumps({"playlist": {"title": "Night", "track": tracks}}).encode()


def itunes(songs: Songs) -> bytes:
    tracks = {
        str(number): {
            "Track ID": number,
            "Name": s.title,
            "Artist": s.artist,
            "Album": s.album,
            "Total Time": s.seconds * 1000,
            "BPM": int(s.bpm),
            "Year": s.year,
            "Location": _address(s, "localhost"),
        }
        for number, s in sorted(enumerate(songs, start=101), reverse=True)
    }
    items = [{"Track ID": number} for number, _ in enumerate(songs, start=101)]
    lists = [
        {"Name": "Library", "Master": True, "Playlist Items": items[::-1]},
        {"Name": "Music", "Distinguished Kind": 4, "Playlist Items": items[::-1]},
        {"Name": "Sets", "Folder": True, "Playlist Items": items[::-1]},
        {"Name": "Night", "Playlist Items": items},
    ]
    return plistlib.dumps({"Tracks": tracks, "Playlists": lists}, sort_keys=False)


def itunes_text(songs: Songs) -> bytes:
    header = ["Name", "Artist", "Album", "Genre", "Time", "Year", "BPM", "Location"]
    rows = (
        [s.title, s.artist, s.album, "", str(s.seconds), str(s.year), str(int(s.bpm))]
        for s in songs
    )
    lines = ["\t".join([*row, s.path]) for row, s in zip(rows, songs, strict=True)]
    return "\r".join(["\t".join(header), *lines]).encode("utf-16")


def virtualdj_database(songs: Songs) -> bytes:
    entries = (
        f"<Song FilePath={quoteattr(s.path)} FileSize='1'>"
        f"<Tags Author={quoteattr(s.artist)} Title={quoteattr(s.title)}"
        f" Album={quoteattr(s.album)} Label={quoteattr(s.label)} Year='{s.year}'"
        f" Bpm='{60 / s.bpm:.6f}' Key='{s.key}' Flag='1' />"
        f"<Infos SongLength='{s.seconds}.0' PlayCount='3' />"
        f"<Poi Pos='0.1' Type='beatgrid' /></Song>"
        for s in songs
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<VirtualDJ_Database Version="2024">'
    return _lines([head, *entries, "</VirtualDJ_Database>"])


def virtualdj_list(songs: Songs) -> bytes:
    entries = (
        f"<song path={quoteattr(s.path)} size='1' songlength='{s.seconds}.0'"
        f" bpm='{s.bpm}' key='{s.key}' artist={quoteattr(s.artist)}"
        f" title={quoteattr(s.title)} idx='{n}' />"
        for n, s in enumerate(songs)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<VirtualFolder noDuplicates="no">'
    return _lines([head, *entries, "</VirtualFolder>"])


def _chunk(tag: str, value: bytes) -> bytes:
    return tag.encode() + struct.pack(">I", len(value)) + value


def _text_chunk(tag: str, text: str) -> bytes:
    return _chunk(tag, text.encode("utf-16-be"))


def serato_crate(songs: Songs) -> bytes:
    head = _text_chunk("vrsn", "1.0/Serato ScratchLive Crate")
    columns = _chunk("ovct", _text_chunk("tvcn", "song"))
    tracks = (_chunk("otrk", _text_chunk("ptrk", s.path[1:])) for s in songs)
    return head + columns + b"".join(tracks)


def serato_database(songs: Songs) -> bytes:
    head = _text_chunk("vrsn", "2.0/Serato Scratch LIVE Database")
    tracks = (
        _chunk(
            "otrk",
            _text_chunk("ttyp", "mp3")
            + _text_chunk("pfil", s.path[1:])
            + _text_chunk("tsng", s.title)
            + _text_chunk("tart", s.artist)
            + _text_chunk("talb", s.album)
            + _text_chunk("tlen", f"{s.seconds // 60:02}:{s.seconds % 60:02}.00")
            + _text_chunk("tbpm", f"{s.bpm:.2f}")
            + _text_chunk("tkey", s.key)
            + _text_chunk("tlbl", s.label)
            + _text_chunk("ttyr", str(s.year)),
        )
        for s in songs
    )
    return head + b"".join(tracks)


def mixcloud(songs: Songs) -> bytes:
    sections = [
        {
            "section_type": "track",
            "start_time": s.cue,
            "track": {"name": s.title, "artist": {"name": s.artist}},
        }
        for s in songs
    ]
    return json.dumps({"name": "Night", "key": "/a/b/", "sections": sections}).encode()


def mixcloud_graphql(songs: Songs) -> bytes:
    sections = [
        {
            "__typename": "TrackSection",
            "artistName": s.artist,
            "songName": s.title,
            "startSeconds": s.cue,
        }
        for s in songs
    ]
    return json.dumps({"data": {"cloudcastLookup": {"sections": sections}}}).encode()


def podcast_chapters(songs: Songs) -> bytes:
    chapters = [{"startTime": s.cue, "title": s.name, "img": s.artwork} for s in songs]
    return json.dumps({"version": "1.2.0", "chapters": chapters}).encode()


def spotify_playlist(songs: Songs) -> bytes:
    items = [
        {
            "added_at": "2031-05-01T00:00:00Z",
            "track": {
                "name": s.title,
                "artists": [{"name": s.artist}],
                "album": {
                    "name": s.album,
                    "release_date": f"{s.year}-01-02",
                    "images": [{"url": s.artwork}],
                },
                "duration_ms": s.seconds * 1000,
                "external_ids": {"isrc": s.isrc},
            },
        }
        for s in songs
    ]
    return json.dumps({"name": "Night", "tracks": {"items": items}}).encode()


def spotify_account(songs: Songs) -> bytes:
    items = [
        {
            "track": {
                "trackName": s.title,
                "artistName": s.artist,
                "albumName": s.album,
                "trackUri": "spotify:track:1",
            },
            "episode": None,
            "localTrack": None,
        }
        for s in songs
    ]
    playlists = [{"name": "Night", "lastModifiedDate": "2031-05-01", "items": items}]
    return json.dumps({"playlists": playlists}).encode()


def json_lines(songs: Songs) -> bytes:
    return _lines(
        json.dumps(
            {
                "position": n,
                "raw": s.name,
                "cue_seconds": s.cue,
                "artist": s.artist,
                "title": s.title,
                "full_title": s.title,
                "label": s.label,
                "identified": True,
                "played_with_previous": False,
                "track_id": None,
                "isrc": s.isrc,
                "duration_ms": s.seconds * 1000,
                "bpm": s.bpm,
                "camelot_key": s.key,
                "album": s.album,
                "released": str(s.year),
                "artwork_url": s.artwork,
            }
        )
        for n, s in enumerate(songs, start=1)
    )


def ffmetadata(songs: Songs) -> bytes:
    chapters = (
        "[CHAPTER]\nTIMEBASE=1/1000\n"
        f"START={s.cue * 1000}\nEND={(s.cue + 100) * 1000}\ntitle={s.name}"
        for s in songs
    )
    return _lines([";FFMETADATA1", "title=Night", "artist=Nova", *chapters])


def audacity(songs: Songs) -> bytes:
    return _lines(f"{s.cue}.000000\t{s.cue + 100}.500000\t{s.name}" for s in songs)


def srt(songs: Songs) -> bytes:
    return _lines(
        f"{n}\n{_clock(s.cue, ',')} --> {_clock(s.cue + 100, ',')}\n{s.name}\n"
        for n, s in enumerate(songs, start=1)
    )


def webvtt(songs: Songs) -> bytes:
    cues = (
        f"{_clock(s.cue)} --> {_clock(s.cue + 100)} align:start\n<b>{s.name}</b>\n"
        for s in songs
    )
    return _lines(["WEBVTT", "", *cues])


def ogm(songs: Songs) -> bytes:
    return _lines(
        f"CHAPTER{n:02}={_clock(s.cue)}\nCHAPTER{n:02}NAME={s.name}"
        for n, s in enumerate(songs, start=1)
    )


def matroska(songs: Songs) -> bytes:
    atoms = (
        f"<ChapterAtom><ChapterTimeStart>{_clock(s.cue)}000000</ChapterTimeStart>"
        f"<ChapterDisplay><ChapterString>{escape(s.name)}</ChapterString>"
        "<ChapterLanguage>eng</ChapterLanguage></ChapterDisplay></ChapterAtom>"
        for s in songs
    )
    head = '<?xml version="1.0"?>\n<!DOCTYPE Chapters SYSTEM "matroskachapters.dtd">'
    body = "<Chapters><EditionEntry>"
    return _lines([head, body, *atoms, "</EditionEntry></Chapters>"])


def html_list(songs: Songs) -> bytes:
    items = (f"<li>{escape(s.name)}</li>" for s in songs)
    nav = "<nav><ul><li>Home - Start</li><li>About - Us</li></ul></nav>"
    head = "<!doctype html><html><head><title>Night</title></head><body>"
    return _lines([head, nav, "<ol>", *items, "</ol></body></html>"])


def html_breaks(songs: Songs) -> bytes:
    rows = "<br/>".join(escape(s.name) for s in songs)
    return _lines(["<html><body><h1>Night</h1><p>", rows, "</p></body></html>"])


def html_table(songs: Songs) -> bytes:
    rows = (
        f"<tr><td>{n}</td><td>{escape(s.artist)}</td><td><a href='/x'>"
        f"{escape(s.title)}</a></td><td>{escape(s.label)}</td></tr>"
        for n, s in enumerate(songs, start=1)
    )
    head = "<html><body><table><tr><th>#</th><th>Artist</th><th>Track</th>"
    return _lines([head, "<th>Label</th></tr>", *rows, "</table></body></html>"])


HEADER = ("Artist", "Title", "ISRC", "Duration", "BPM", "Key", "Album", "Label")
MORE_HEADER = ("Year", "Artwork", "Location")


def _cells(song: Song) -> list[str | float]:
    length = f"{song.seconds // 60}:{song.seconds % 60:02}"
    return [
        *(song.artist, song.title, song.isrc, length, song.bpm, song.key),
        *(song.album, song.label, song.year, song.artwork, song.path),
    ]


def csv(songs: Songs) -> bytes:
    rows = (",".join(f'"{cell}"' for cell in _cells(s)) for s in songs)
    return _lines([",".join((*HEADER, *MORE_HEADER)), *rows])


def xlsx(songs: Songs) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Night"
    sheet.append(["Nova Kepler at the Pier"])
    sheet.append([])
    sheet.append([*HEADER, *MORE_HEADER])
    for song in songs:
        sheet.append(_cells(song))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


_ODS = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def _ods_row(cells: Iterable[object]) -> str:
    printed = (
        f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}'
        "</text:p></table:table-cell>"
        for cell in cells
    )
    empty = '<table:table-cell table:number-columns-repeated="1000"/>'
    return f"<table:table-row>{''.join(printed)}{empty}</table:table-row>"


def ods(songs: Songs) -> bytes:
    rows = "".join(map(_ods_row, [(*HEADER, *MORE_HEADER), *map(_cells, songs)]))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODS}>'
        f'<office:body><office:spreadsheet><table:table table:name="Night">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return file.getvalue()


def wpl(songs: Songs) -> bytes:
    media = (
        f"<media src={quoteattr('..' + s.path)} albumTitle={quoteattr(s.album)}"
        f" trackTitle={quoteattr(s.title)} trackArtist={quoteattr(s.artist)}"
        f' duration="{s.seconds * 1000}"/>'
        for s in songs
    )
    head = '<?wpl version="1.0"?>\n<smil><head><title>Night</title></head><body><seq>'
    return _lines([head, *media, "</seq></body></smil>"])


def asx(songs: Songs) -> bytes:
    entries = (
        f"<Entry><Title>{escape(s.title)}</title><AUTHOR>{escape(s.artist)}</AUTHOR>"
        f"<Ref href={quoteattr(s.path)} /><duration value='{_clock(s.seconds)}'/>"
        "</Entry>"
        for s in songs
    )
    return _lines(['<ASX version="3.0">', *entries, "</ASX>"])


def rtf(songs: Songs) -> bytes:
    def coded(text: str) -> str:
        return "".join(c if c.isascii() else rf"\uc0\u{ord(c)} " for c in text)

    rows = (rf"{n}. {coded(s.name)}\par" for n, s in enumerate(songs, start=1))
    return _lines([r"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Helvetica;}\f0", *rows, "}"])


def cue(songs: Songs) -> bytes:
    tracks = (
        f'  TRACK {n:02} AUDIO\n    TITLE "{s.title}"\n    PERFORMER "{s.artist}"\n'
        f"    ISRC {s.isrc}\n    INDEX 01 {s.cue // 60:02}:{s.cue % 60:02}:00"
        for n, s in enumerate(songs, start=1)
    )
    return _lines(['TITLE "Night"', 'FILE "mix.mp3" MP3', *tracks])


def m3u(songs: Songs) -> bytes:
    entries = (f"#EXTINF:{s.seconds},{s.name}\n{s.path}" for s in songs)
    return _lines(["#EXTM3U", *entries])


def rekordbox(songs: Songs) -> bytes:
    tracks = (
        f"<TRACK TrackID='{n}' Name={quoteattr(s.title)} Artist={quoteattr(s.artist)}"
        f" Album={quoteattr(s.album)} Label={quoteattr(s.label)} Year='{s.year}'"
        f" TotalTime='{s.seconds}' AverageBpm='{s.bpm:.2f}' Tonality='{s.key}'"
        f" Location={quoteattr(_address(s, 'localhost'))} />"
        for n, s in enumerate(songs, start=1)
    )
    keys = (f"<TRACK Key='{n}'/>" for n, _ in enumerate(songs, start=1))
    return _lines(
        [
            '<?xml version="1.0"?><DJ_PLAYLISTS Version="1.0.0"><COLLECTION>',
            *tracks,
            "</COLLECTION><PLAYLISTS><NODE Type='0' Name='ROOT'>",
            "<NODE Name='Night' Type='1' KeyType='0'>",
            *keys,
            "</NODE></NODE></PLAYLISTS></DJ_PLAYLISTS>",
        ]
    )


def traktor(songs: Songs) -> bytes:
    entries = (
        f"<ENTRY TITLE={quoteattr(s.title)} ARTIST={quoteattr(s.artist)}>"
        f"<LOCATION DIR='/:music/:' FILE={quoteattr(s.path[7:])} VOLUME='Disk'/>"
        f"<ALBUM TITLE={quoteattr(s.album)}/>"
        f"<INFO LABEL={quoteattr(s.label)} PLAYTIME='{s.seconds}' KEY='{s.key}'"
        f" RELEASE_DATE='{s.year}/1/2'/><TEMPO BPM='{s.bpm:.6f}'/></ENTRY>"
        for s in songs
    )
    keys = (
        "<ENTRY><PRIMARYKEY TYPE='TRACK'"
        f" KEY={quoteattr('Disk/:music/:' + s.path[7:])}/></ENTRY>"
        for s in songs
    )
    return _lines(
        [
            "<?xml version='1.0'?><NML VERSION='19'><COLLECTION>",
            *entries,
            "</COLLECTION><PLAYLISTS><NODE TYPE='FOLDER' NAME='$ROOT'><SUBNODES>",
            "<NODE TYPE='PLAYLIST' NAME='Night'><PLAYLIST UUID='1'>",
            *keys,
            "</PLAYLIST></NODE></SUBNODES></NODE></PLAYLISTS></NML>",
        ]
    )


def engine_dj(songs: Songs) -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(
            "CREATE TABLE Track (id INTEGER PRIMARY KEY, length, bpm, year, path,"
            " filename, bpmAnalyzed, title, artist, album, label, key);"
            "CREATE TABLE Playlist (id INTEGER PRIMARY KEY, title, parentListId);"
            "CREATE TABLE PlaylistEntity (id INTEGER PRIMARY KEY, listId, trackId,"
            " nextEntityId);"
            "INSERT INTO Playlist VALUES (1, 'Night', 0), (2, 'Empty', 0)"
        )
        count = len(songs)
        # the last one was put in first
        for n, s in enumerate(reversed(songs), start=1):
            key = (
                (int(s.key[:-1]) - 8) % 12 * 2 + "BA".index(s.key[-1])
                if s.key
                else None
            )
            known = (
                *(n, s.seconds, int(s.bpm), s.year, s.path, s.path[7:], s.bpm),
                *(s.title, s.artist, s.album, s.label, key),
            )
            database.execute(f"INSERT INTO Track VALUES (?{', ?' * 11})", known)  # noqa: S608 (marks)
            entry = (count + 1 - n, 1, n, 0 if n == 1 else count + 2 - n)
            database.execute("INSERT INTO PlaylistEntity VALUES (?, ?, ?, ?)", entry)
        return database.serialize()


def text(songs: Songs) -> bytes:
    return _lines(f"{n}. {s.name}" for n, s in enumerate(songs, start=1))


# By the name that a user's file has.
FORMATS: dict[str, Callable[[Songs], bytes]] = {
    "list.pls": pls,
    "list.xspf": xspf,
    "list.jspf": jspf,
    "library.xml": itunes,
    "itunes.txt": itunes_text,
    "database.xml": virtualdj_database,
    "list.vdjfolder": virtualdj_list,
    "night.crate": serato_crate,
    "database V2": serato_database,
    "mixcloud.json": mixcloud,
    "mixcloud_graphql.json": mixcloud_graphql,
    "chapters.json": podcast_chapters,
    "spotify.json": spotify_playlist,
    "Playlist1.json": spotify_account,
    "rows.jsonl": json_lines,
    "metadata.txt": ffmetadata,
    "labels.txt": audacity,
    "night.srt": srt,
    "night.vtt": webvtt,
    "ogm.txt": ogm,
    "chapters.xml": matroska,
    "list.html": html_list,
    "breaks.html": html_breaks,
    "table.html": html_table,
    "night.xlsx": xlsx,
    "night.ods": ods,
    "list.wpl": wpl,
    "list.asx": asx,
    "night.rtf": rtf,
    "night.csv": csv,
    "night.cue": cue,
    "night.m3u8": m3u,
    "rekordbox.xml": rekordbox,
    "collection.nml": traktor,
    "m.db": engine_dj,
    "night.txt": text,
}
