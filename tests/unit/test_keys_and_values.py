"""Keys of files without loss, and values that Postgres cannot hold."""

import os
from datetime import UTC, datetime

import pytest

from scrapers.items import MAX_KEY_BYTES, parts_of, storable_key, tracklist_item
from scrapers.spiders.tracklist_files import key_of
from scrapers.tracklists.tracklist import Row, Tracklist


def test_names_that_are_not_utf_8_have_keys_of_their_own(tmp_path):
    files = [os.fsencode(tmp_path) + b"/Beyonc" + end for end in (b"\xe8", b"\xe9")]
    for file in files:
        with open(file, "wb") as opened:  # noqa: PTH123 (a name that is no text)
            opened.write(b"x")

    keys = {key_of(path) for path in tmp_path.iterdir()}

    assert len(keys) == 2
    assert all(key.encode().decode() == key for key in keys)


def test_a_name_that_reads_as_the_bytes_of_another_has_a_key_of_its_own(tmp_path):
    names = (b"/caf\xe9", b"/caf\\xe9")
    for file in (os.fsencode(tmp_path) + name for name in names):
        with open(file, "wb") as opened:  # noqa: PTH123 (a name that is no text)
            opened.write(b"x")

    assert len({key_of(path) for path in tmp_path.iterdir()}) == 2


def test_a_file_named_as_a_page_of_another_has_a_key_of_its_own(tmp_path):
    library, alike = tmp_path / "x.json", tmp_path / "x.json#2"
    library.write_text("{}")
    alike.write_text("{}")

    assert key_of(library) == library.as_posix()
    assert key_of(alike) not in {alike.as_posix(), f"{library.as_posix()}#2"}


@pytest.mark.parametrize("name", ["Mix #12.txt", "Beyoncé.txt", "a b%20c.txt"])
def test_usual_names_are_their_own_keys(tmp_path, name):
    file = tmp_path / name
    file.write_text("x")

    assert key_of(file) == file.as_posix()


def test_a_key_that_no_index_holds_is_shortened_and_stays_its_own():
    first, second = (storable_key("é" * 3000 + end) for end in "ab")

    assert first != second
    assert max(len(first.encode()), len(second.encode())) <= MAX_KEY_BYTES
    assert storable_key("/a/b.txt") == "/a/b.txt"


@pytest.mark.parametrize("count", [10**20, -1, 2**31])
def test_a_count_that_postgres_cannot_hold_costs_itself(count):
    tracklist = Tracklist("json", (Row(1, "Nora - Night"),), declared_rows=count)

    item = tracklist_item(
        tracklist, source="x", source_key="k", retrieved_at=datetime.now(UTC)
    )

    assert item.tracklist.declared_rows is None
    assert len(item.tracklist.rows) == 1


def test_a_file_in_a_folder_named_as_a_page_of_another_has_a_key_of_its_own(tmp_path):
    library, folder = tmp_path / "x.json", tmp_path / "x.json#sets"
    library.write_text("{}")
    folder.mkdir()
    (folder / "night").write_text("x")

    assert key_of(folder / "night") != f"{key_of(library)}#sets/night"


@pytest.mark.parametrize("keys", [("a", "a", "a"), (None, "1", None), ("2", None, "2")])
def test_tracklists_of_one_text_that_have_one_key_are_told_apart(keys):
    found = [Tracklist("nml", (Row(1, "Nora - Night"),), source_key=k) for k in keys]

    assert len(set(parts_of(found))) == 3
    assert parts_of(found)[0] == keys[0] or keys[0] is None
