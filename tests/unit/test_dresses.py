"""Lines in dresses that people use, each alone and as a list of such lines."""

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import Row

NAMES = (
    *(("Nora", "Night"), ("Joon", "Tide"), ("Mira", "Glass Sea")),
    *(("Vero", "Salt"), ("Taki", "Moth"), ("Ines", "Gate")),
)
# What stands before, between or behind the names; n counts, t is a time.
DRESSES = (
    *("[{n:02}/06] {a} - {b}", "({n}/6) {a} - {b}", "Pos. {n} {a} - {b}"),
    *("{n}* {a} - {b}", "{n}= {a} - {b}", "{n}> {a} - {b}", "{n} - {a} - {b}"),
    *("{n} ~ {a} - {b}", "{n} » {a} - {b}", "{n}– {a} - {b}", "♪{a} - {b}"),
    *("[*] {a} - {b}", "---- {a} - {b}", "--- {a} - {b} ---", "== {a} - {b} =="),
    *("{a} - {b} //", "| {n} | {a} | {b} |", "({a} - {b})", "{t}_{a} - {b}"),
    *("[{n}m] {a} - {b}", "[{n} min] {a} - {b}", "{a} - {b} (128 BPM)"),
    *("{a} - {b} | 8A", "{a} - {b} | 8A | 128", "{a}: {b}", "{a} => {b}"),
    *("{a} → {b}", "{a} » {b}", "Artist: {a} - Title: {b}", "{a} - '{b}'"),
    *("+ {a} - {b}", "w/ {a} - {b}", "(w/) {a} - {b}", "{a}&nbsp;-&nbsp;{b}"),
    *("<li>{a} - {b}</li>", "<p>{a} - {b}</p>", "{n:02}. {a}: {b}"),
    *("N° {n} {a} - {b}", "Track{n}. {a} - {b}", "{n:03} {a} - {b}", "{t} _ {a} - {b}"),
    *("{n} · {a} - {b}", "{n}- {a} - {b}", "||{a} - {b}||", "♫ {a} - {b} ♫"),
    *("{a} - {b} .", "{a} - {b} <3", "{a} - {b} -> {t}", "{a}, “{b}”"),
    *("Artist: {a}, Track: {b}", "Title: {b} | Artist: {a}"),
    *(
        "[12/03/2024, 21:0{n}:11] Tom: {a} - {b}",
        "12/03/24, 9:0{n} PM - Tom: {a} - {b}",
    ),
    *("{n}m {a} - {b}", "t={t} {a} - {b}", "Minuto {t} - {a} - {b}", "{n}-) {a} - {b}"),
    *("Titre {n} : {a} - {b}", "Faixa {n} - {a} - {b}", "Canción {n}: {a} - {b}"),
    *("Трек {n}. {a} - {b}", "{a} - {b} 03:44 buy track", "{a} - {b} 3:44 lyrics info"),
    *("2024-03-12 21:0{n}:11 {a} - {b}", "2024-03-12T21:0{n}:11.5Z {a} - {b}"),
    *("[2024-03-12 21:0{n}] <tom> {a} - {b}", "[21:0{n}] <tom_1> {a} - {b}"),
)
LABELLED = (
    *("[{label} 2014]", "[Label: {label}]", "[{label}: ABC012]", "({label})"),
    *("[{label}] https://example.com/x", "[{label}].", "[{label}] |"),
    *("[℗ {label}]", "[{label}] -> 04:10", "[{label}] ♫", "[[{label}]]"),
    "[{label}] **TUNE OF THE WEEK**",
)
LABEL = "Nova Records"


def rows(content: str) -> list[Row]:
    return [row for each in parse(content.encode()) for row in each.rows]


def dressed(dress: str) -> list[str]:
    return [
        dress.format(n=n, a=a, b=b, t=f"0{n}:30")
        for n, (a, b) in enumerate(NAMES, start=1)
    ]


@pytest.mark.parametrize("dress", DRESSES)
def test_a_dressed_line_keeps_artist_and_title(dress):
    read = [parse_line(line) for line in dressed(dress)]

    assert [(row.artist, row.full_title) for row in read] == list(NAMES)


@pytest.mark.parametrize("dress", DRESSES)
def test_a_list_of_dressed_lines_keeps_artists_and_titles(dress):
    read = rows("\n".join(dressed(dress)))

    assert [(row.artist, row.full_title) for row in read] == list(NAMES)
    assert not read[0].played_with_previous


@pytest.mark.parametrize("ending", LABELLED)
def test_a_label_is_told_from_what_stands_with_it(ending):
    row = parse_line(f"Nora - Night {ending.format(label=LABEL)}")

    assert (row.full_title, row.label) == ("Night", LABEL)


@pytest.mark.parametrize(
    ("line", "artist", "title"),
    [
        ("747 - Cretaceous [Aquaregia - AQR 007]", "747", "Cretaceous"),
        ("4 Strings - Diving", "4 Strings", "Diving"),
        ("311 - Down - Live", "311", "Down - Live"),
        ("Nora - Live (At Third Man Records)", "Nora", "Live (At Third Man Records)"),
        ("[08:26] A.M.C. Feat. Joon - Hooked", "A.M.C. Feat. Joon", "Hooked"),
        ("Nora - Track 8A", "Nora", "Track 8A"),
        ("Nora - Hour 2: Tide", "Nora", "Hour 2: Tide"),
        ("Nora - 'Till Dawn", "Nora", "'Till Dawn"),
    ],
)
def test_what_only_looks_like_a_dress_is_of_the_names(line, artist, title):
    row = parse_line(line)

    assert (row.artist, row.full_title) == (artist, title)


def test_a_table_may_hold_a_link_of_a_wiki():
    table = "Artist,Title\nNora,Night [[Category:]]\nJoon,Tide\nMira,Glass\n"

    assert [row.artist for row in rows(table)] == ["Nora", "Joon", "Mira"]
