"""What others wrote is printed as text: it moves no cursor and is no markup."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from enrichment.app.showing import shown, shown_json
from enrichment.cli.terminal import Terminal, cell


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Röyksopp – 東京", "Röyksopp – 東京"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb\r\tc\0", r"a\nb\r\tc\x00"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("half \ud800", r"half \ud800"),
        ("👩🏽‍🎤", "👩🏽‍🎤"),
    ],
)
def test_controls_are_shown_and_all_else_stays(text, printed):
    assert shown(text) == printed


@pytest.mark.parametrize("text", ["[/]", "[bold]x", "[link=file:///x]y", ":warning:"])
def test_nothing_is_markup(text, capsys):
    Terminal(width=200).print(cell(text))

    assert capsys.readouterr().out == f"{text}\n"


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text()))
def test_json_stays_the_same_json_without_a_control(value):
    clean = {
        key: text.encode("utf-8", "ignore").decode() for key, text in value.items()
    }

    for indent in (False, True):
        line = shown_json(clean, indent=indent)

        assert json.loads(line) == clean
        assert shown(line.replace("\n", "")) == line.replace("\n", "")


@pytest.mark.parametrize("sent", ["\x1b[31mred", "\x9bm", "\u202eb"])
def test_no_control_of_a_text_reaches_the_terminal(sent, capsys):
    table = Table(sent, title=sent, caption=sent)
    table.add_row(sent)

    Terminal(width=200, force_terminal=True, color_system=None).print(table, sent)

    told = capsys.readouterr().out
    assert shown(sent) in told
    assert sent not in told
