"""Where a DJ's own audio lies, from what his programs and folders tell."""

import pytest

from enrichment.cli.actions import library
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.errors import InputInvalid, InputMissing

FIRST = track_key(parse_name("Mira Sol", "Harbour Lights (Oskar Lind Remix)")).track_id
SECOND = track_key(parse_name("Low Tide Theory", "Falling Cathedral")).track_id

REKORDBOX = """<?xml version="1.0" encoding="UTF-8"?>
<DJ_PLAYLISTS Version="1.0.0"><COLLECTION Entries="2">
<TRACK TrackID="1" Name="Harbour Lights" Mix="Oskar Lind Remix" Artist="Mira Sol"
 Location="file://localhost{folder}/one%20%231.mp3"/>
<TRACK TrackID="2" Name="Falling Cathedral" Artist="Low Tide Theory"
 Location="file://localhost/C:/Music/%C3%A4.mp3"/>
</COLLECTION><PLAYLISTS/></DJ_PLAYLISTS>"""

TRAKTOR = """<?xml version="1.0" encoding="UTF-8"?>
<NML VERSION="19"><COLLECTION ENTRIES="3">
<ENTRY TITLE="Harbour Lights (Oskar Lind Remix)" ARTIST="Mira Sol">
<LOCATION DIR="/:Users/:dj/:Music/:" FILE="one.mp3" VOLUME="Macintosh HD"/></ENTRY>
<ENTRY TITLE="Falling Cathedral" ARTIST="Low Tide Theory">
<LOCATION DIR="/:Music/:" FILE="two.mp3" VOLUME="STICK"/></ENTRY>
<ENTRY TITLE="Three" ARTIST="Wren Calloway">
<LOCATION DIR="/:Music/:" FILE="three.mp3" VOLUME="D:"/></ENTRY>
</COLLECTION></NML>"""


def test_a_folder_is_read_by_the_names_of_its_files(tmp_path):
    one = tmp_path / "Mira Sol - Harbour Lights (Oskar Lind Remix).flac"
    two = tmp_path / "Low Tide Theory" / "Album" / "03 Falling Cathedral.mp3"
    two.parent.mkdir(parents=True)
    for file in (one, two, tmp_path / "cover.jpg"):
        file.touch()

    held = library.read(tmp_path)

    assert held.locations == {FIRST: str(one), SECOND: str(two)}
    assert (held.files, held.gone, held.elsewhere) == (2, 0, False)


def test_rekordbox_tells_by_addresses_and_files_that_are_gone_are_left_out(tmp_path):
    file, collection = tmp_path / "one #1.mp3", tmp_path / "library.xml"
    file.touch()
    collection.write_text(REKORDBOX.format(folder=tmp_path))

    held = library.read(collection)

    assert held.locations == {FIRST: str(file)}
    assert (held.files, held.gone) == (2, 1)


def test_a_library_of_another_machine_is_taken_as_it_is(tmp_path):
    collection = tmp_path / "library.xml"
    collection.write_text(REKORDBOX.format(folder="/nowhere"))

    held = library.read(collection)

    assert held.elsewhere
    assert held.locations == {FIRST: "/nowhere/one #1.mp3", SECOND: "C:/Music/ä.mp3"}


def test_traktor_tells_by_disks_and_folders(tmp_path):
    collection = tmp_path / "collection.nml"
    collection.write_text(TRAKTOR)

    held = library.read(collection)

    assert set(held.locations.values()) == {
        "/Users/dj/Music/one.mp3",
        "/Volumes/STICK/Music/two.mp3",
        "D:/Music/three.mp3",
    }


def test_other_playlists_tell_by_addresses(tmp_path):
    file, playlist = tmp_path / "x y.mp3", tmp_path / "mine.xspf"
    file.touch()
    playlist.write_text(
        '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/">'
        "<trackList><track><creator>Low Tide Theory</creator>"
        f"<title>Falling Cathedral</title><location>{file.as_uri()}</location>"
        "</track></trackList></playlist>"
    )

    assert library.read(playlist).locations == {SECOND: str(file)}


def test_a_playlist_tells_from_where_it_lies(tmp_path):
    (tmp_path / "audio").mkdir()
    file, playlist = tmp_path / "audio" / "x.mp3", tmp_path / "mine.m3u8"
    file.touch()
    playlist.write_text(
        "#EXTM3U\n#EXTINF:1,Low Tide Theory - Falling Cathedral\naudio/x.mp3\n"
        "#EXTINF:1,A - B\nhttp://example.org/stream.mp3\n"
    )

    assert library.read(playlist).locations == {SECOND: str(file)}


@pytest.mark.parametrize("text", ["", "<html/>", "no library", "<NML/>"])
def test_what_is_no_library_is_refused(tmp_path, text):
    file = tmp_path / "library.xml"
    file.write_text(text)

    with pytest.raises(InputInvalid, match=r"library\.xml"):
        library.read(file)


def test_a_library_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputMissing, match="no such file"):
        library.read(tmp_path / "none")
