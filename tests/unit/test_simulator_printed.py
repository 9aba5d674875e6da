"""The simulator's own splitter: few rules, none of them the pipeline's."""

import ast
import inspect
import json

import pytest

from provider_simulator.world import printed, printed_tracks
from provider_simulator.world.catalogue import Given
from provider_simulator.world.printed import Printed, split


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Night Ferry - Harbour", Printed("Night Ferry", "Harbour")),
        (
            "[07:46] Wren Feat. Ada - Salt (Mira Quent Remix) [Paper Sun - PS 12]",
            Printed("Wren Feat. Ada", "Salt", "Mira Quent Remix", "Paper Sun - PS 12"),
        ),
        ("03. Wren - Salt [Paper Sun]", Printed("Wren", "Salt", None, "Paper Sun")),
        ("[??] + Wren - Salt (VIP)", Printed("Wren", "Salt", "VIP")),
        ("1:02:03 Wren – Salt", Printed("Wren", "Salt")),
        # the first dash outside brackets parts, whatever follows
        (
            "Wren (Ada - Live) - Salt - Sand",
            Printed("Wren (Ada - Live)", "Salt - Sand"),
        ),
        # the last round bracket is the version, the rest belongs to the title
        ("Wren - Salt (Part 2) (Dub)", Printed("Wren", "Salt (Part 2)", "Dub")),
        ("Wren - Salt (Ada (UK) Remix)", Printed("Wren", "Salt", "Ada (UK) Remix")),
        (
            "Wren - Salt [Cutting] (45 RPM)",
            Printed("Wren", "Salt", "45 RPM", "Cutting"),
        ),
        # a title is never empty
        ("Wren - (Dub)", Printed("Wren", "(Dub)")),
        ("808 Choir - 1999", Printed("808 Choir", "1999")),
    ],
)
def test_a_line_is_split_by_its_dash_and_its_last_brackets(line, names):
    assert split(line) == names


@pytest.mark.parametrize(
    "line",
    ["", "no dash at all", "Wren-Salt", "ID - ID", "Wren - ID [Paper Sun]", "? - Salt"],
)
def test_what_cannot_be_split_is_none(line):
    assert split(line) is None


@pytest.mark.parametrize(
    "line",
    [
        *("Wren | Salt", "[03:11] Wren // Salt", "1. Wren—Salt", "Wren -Salt"),
        *('02. Wren "Salt"', "00:00 Salt by Wren", "Wren: Salt", "Wren ~ Salt"),
        "'''Tune Of The Week:''' [36] Wren - Salt",
    ],
)
def test_a_track_of_a_world_is_read_of_the_text_of_a_row(tmp_path, line):
    rows = tmp_path / "rows.jsonl"
    # what a parser made of the row does not count
    rows.write_text(json.dumps({"raw": line, "artist": "X", "title": "Y"}) + "\n")

    assert printed_tracks.read_printed(rows) == [Given(artist="Wren", title="Salt")]


def test_length_and_isrc_of_a_rows_file_are_the_recordings(tmp_path):
    rows = tmp_path / "rows.jsonl"
    known = {"duration_ms": 251_000, "isrc": "GBAAA2600001"}
    rows.write_text(json.dumps({"raw": "Wren - Salt", **known}))

    assert printed_tracks.read_printed(rows) == [
        Given(artist="Wren", title="Salt", **known)
    ]


def test_guests_of_a_printed_row_are_parted_and_a_nameless_row_is_no_track(tmp_path):
    rows = tmp_path / "rows.jsonl"
    lines = ["?", "Wren feat. Ada & Bo - Salt (Dub) [Paper Sun]", "no names at all"]
    lines.append("Wren - Sand (feat. Ada)")
    rows.write_text("".join(json.dumps({"raw": line}) + "\n" for line in lines))

    assert printed_tracks.read_printed(rows) == [
        Given(
            artist="Wren",
            title="Salt",
            version="Dub",
            featured=("Ada", "Bo"),
            label="Paper Sun",
        ),
        Given(artist="Wren", title="Sand", featured=("Ada",)),
    ]


def test_it_shares_nothing_with_the_parser_and_stays_small():
    source = inspect.getsource(printed)
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    }

    assert imported == {"re", "unicodedata", "dataclasses"}
    assert len(source.splitlines()) < 90
