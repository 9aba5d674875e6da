"""The grammar of a line, part by part: markup, front, back, names, brackets."""

import pytest

from scrapers.tracklists.reading.encodings import eight_bit, repaired
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.reading.times import Time, places, read_time

CYRILLIC = "1. Кино Север - Пачка бумаг\n2. ДДТ-2 - Осень\n"
POLISH = "1. Łukasz Brandt - Źródło\n2. Kaja Moš - Lampička\n"
JAPANESE = "1. 青野そら - 夜の海\n2. 白井ミナ - 光の橋\n"
KOREAN = "1. 김민수 - 바다의 밤\n2. 이하늘 - 약속의 장소\n"
CHINESE = "1. 王小明 - 夜的海\n2. 李白 - 光之桥\n"
TAIWANESE = "1. 王小明 - 夜的海\n2. 李白 - 光之橋\n"
FRENCH = "1. Zoë Née - Déjà vu\n2. Björn - Ångström\n"


@pytest.mark.parametrize(
    "front",
    [
        *("(1) ", "#1 ", "① ", "1️⃣ ", "🔟 ", "No. 1 ", "1/6 ", "01_", "01 ", "01 - "),
        *("Track 1: ", "01 | ", "０１．", "▶ ", "🎵 ", "> ", "(A1) ", "B2. ", "A1: "),
        *("1. • ", "1: ", "№ 1 ", "**1.** ", "[b]1.[/b] "),
        "1、",
    ],
)
def test_a_mark_in_front_is_taken_off(front):
    row = parse_line(f"{front}Nora - Night")

    assert (row.artist, row.full_title, row.cue_seconds) == ("Nora", "Night", None)


@pytest.mark.parametrize(
    "line",
    [
        *("<3:15> Nora - Night", "{3:15} Nora - Night", "@3:15 Nora - Night"),
        *("**3:15** Nora - Night", "`3:15` Nora - Night", "⏱ 3:15 Nora - Night"),
        *("0h03m15s Nora - Night", "03'15\" Nora - Night", "[3:15-7:45] Nora - Night"),
        *("3:15 - 7:45 Nora - Night", "3:15 - Nora - Night", "3:15 | Nora - Night"),
        *("3:15: Nora - Night", "3:15, Nora - Night", "3:15 → Nora - Night"),
        *("3:15~ Nora - Night", "3:15 / Nora - Night", "3:15-Nora - Night"),
        *("2. 3:15 - Nora - Night", "(2) 3:15 Nora - Night", "2 - 3:15 - Nora - Night"),
        *("3:15 - 02 - Nora - Night", "[3:15](https://e.com/?t=195s) Nora - Night"),
        *("Nora - Night - 3:15", "Nora - Night | 3:15", "Nora - Night @ 3:15"),
        *("Nora - Night (3:15 - 7:45)", "Nora - Night\t3:15", "Nora - Night [3:15]"),
    ],
)
def test_a_time_at_either_end_is_the_cue(line):
    row = parse_line(line)

    assert (row.artist, row.full_title, row.cue_seconds) == ("Nora", "Night", 195)


@pytest.mark.parametrize(
    ("line", "artist", "title"),
    [
        ("19:26 & MRAK - Overrated", "19:26 & MRAK", "Overrated"),
        ("The Tiles - 12:51", "The Tiles", "12:51"),
        ("50 Cents - Coins", "50 Cents", "Coins"),
        ("30/70 - Tempted", "30/70", "Tempted"),
        ("(703) 863-4357 - Freezing", "(703) 863-4357", "Freezing"),
        ("N*E*R*D - Lap_Dance", "N*E*R*D", "Lap_Dance"),
        ("M_REC - Sh*t, F*ck", "M_REC", "Sh*t, F*ck"),
    ],
)
def test_what_only_looks_like_a_mark_is_of_the_name(line, artist, title):
    row = parse_line(line)

    assert (row.artist, row.full_title, row.cue_seconds) == (artist, title, None)


@pytest.mark.parametrize(
    "line",
    [
        *("Nora — Night", "Nora—Night", "Nora -- Night", "Nora // Night"),
        *("Nora | Night", "Nora ~ Night", "Nora\tNight", "Nora　－　Night"),
        *(
            "Nora\u200e - Night",
            "Nora\u00a0-\u00a0Night",
            'Nora "Night"',
            "Nora「Night」",
        ),
        *('Nora - "Night"', "Nora ‘Night’", '"Nora - Night"', "**Nora** - *Night*"),
        *(
            "[Nora](https://e.com) - [Night](https://e.com)",
            "[b]Nora[/b] - [i]Night[/i]",
        ),
        *("<b>Nora</b> - Night", "Nora &ndash; Night", "Nora \\- Night"),
    ],
)
def test_artist_and_title_part_at_any_sign(line):
    row = parse_line(line)

    assert (row.artist, row.full_title) == ("Nora", "Night")


@pytest.mark.parametrize(
    ("ending", "title", "label", "catalog_number"),
    [
        (" [Viper - VPR 017]", "Night", "Viper", "VPR 017"),
        (" [Viper / VPR017]", "Night", "Viper", "VPR017"),
        (" [Viper, 2014]", "Night", "Viper", None),
        (" [Viper - VPR 017, 2014]", "Night", "Viper", "VPR 017"),
        (" [Viper VPR017]", "Night", "Viper", "VPR017"),
        (" [SUPERSTITION 2018]", "Night", None, "SUPERSTITION 2018"),
        (" [1999]", "Night", None, None),
        (" {Viper}", "Night", "Viper", None),
        (" [Viper", "Night", "Viper", None),
        (" [Viper}", "Night", "Viper", None),
        (" [Viper] (Parent)]", "Night", "Viper", None),
        (" [Viper] (Vinyl Only)", "Night", "Viper", None),
        (" `[Viper]`", "Night", "Viper", None),
        (" (Mira, Joon - Spook Remix)", "Night (Mira, Joon - Spook Remix)", None, None),
        (' [From "Roof" - Side B]', 'Night [From "Roof" - Side B]', None, None),
        (" (Live - Oslo 2019)", "Night (Live - Oslo 2019)", None, None),
    ],
)
def test_brackets_behind_the_title_are_parted(ending, title, label, catalog_number):
    row = parse_line(f"Nora - Night{ending}")

    assert (row.full_title, row.label) == (title, label)
    assert row.catalog_number == catalog_number


@pytest.mark.parametrize(
    "line",
    ["A - (T (X Mix)", "(T (X Mix)", "A - (X Remix)", "[V] (X Remix)", "- (X Mix)"],
)
def test_a_row_with_an_id_has_artist_and_title(line):
    row = parse_line(line)

    assert row.track_id is None or (row.artist and row.full_title)


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (CYRILLIC, ("cp1251", "koi8_r")),
        (POLISH, ("cp1250",)),
        (JAPANESE, ("cp932", "euc_jp")),
        (KOREAN, ("euc_kr",)),
        (CHINESE, ("gbk",)),
        (TAIWANESE, ("big5",)),
        (FRENCH, ("cp1252", "mac_roman")),
    ],
)
def test_an_encoding_is_told_by_its_bytes(text, encodings):
    assert {eight_bit(text.encode(encoding)) for encoding in encodings} == {text}


def test_bytes_of_no_sure_encoding_are_not_guessed():
    assert eight_bit(bytes(range(0x80, 0x100)) * 3) is None


def test_text_that_was_misread_is_repaired_and_no_other():
    for text in ("Beyoncé – Déjà vu", "Björn’s Ångström", "Łukasz", "Кино"):
        misread = text.encode().decode("cp1252", "ignore")
        assert repaired(text) == text
        if misread.encode("cp1252") == text.encode():
            assert repaired(misread) == text


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [
        (["21:00", "21:04", "21:09", "21:15"], [0, 240, 540, 900]),
        (["23:58", "00:02", "00:07", "00:15"], [0, 240, 540, 1020]),
        (["9:58 PM", "10:02 PM", "10:07 PM"], [0, 240, 540]),
        (["0:00", "4:13", "8:20", "1:02:03"], [0, 253, 500, 3723]),
        (["6:19", "5:12", "7:01", "3:33", "4:44"], [None] * 5),
        (["12:10", "17:40", "22:00"], [730, 1060, 1320]),
    ],
)
def test_a_list_says_what_its_times_mean(printed, seconds):
    times: list[Time | None] = [read_time(text) for text in printed]

    assert places(times) == seconds


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("1 – Nora : « Night »", "Night"),
        ("Nora : « Night » (remix de Joon)", "Night (remix de Joon)"),
        ("Nora « Night »", "Night"),
        ("Nora » Night", "Night"),
    ],
)
def test_a_title_in_guillemets_is_parted_from_its_artist(line, title):
    row = parse_line(line)

    assert (row.artist, row.full_title) == ("Nora", title)


@pytest.mark.parametrize(
    "line",
    [
        *("Unbekannt - Unbekannt", "Inconnu – Titre inconnu", "未知 - 未知"),
        "Неизвестный исполнитель - Без названия",
    ],
)
def test_a_row_that_says_unknown_in_any_language_is_not_identified(line):
    row = parse_line(line)

    assert row.artist
    assert row.track_id is None


def test_a_name_that_means_unknown_is_one_beside_another():
    assert parse_line("Unbekannt - Night").identified
    assert parse_line("Nora - Untitled").identified
