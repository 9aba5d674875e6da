"""The simulator's own splitter: few rules, none of them the pipeline's."""

import ast
import inspect

import pytest

from provider_simulator import printed
from provider_simulator.printed import Printed, split


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
    assert len(source.splitlines()) < 80
