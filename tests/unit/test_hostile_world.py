"""The hostile world: its shares, its chance, and that absence knows no siblings."""

import json
from collections import Counter

import pytest

from provider_simulator.clock import ManualClock
from provider_simulator.registry import SIDES, settings_of
from provider_simulator.wire import Query
from provider_simulator.wire.musicbrainz.wire import MusicBrainzWire
from provider_simulator.wire.spotify.wire import SpotifyWire
from provider_simulator.world.hostile.names import given_of, remixers_of
from provider_simulator.world.hostile.playlist import read_playlist
from provider_simulator.world.hostile.right import RIGHT
from provider_simulator.world.hostile.shares import BESIDE
from provider_simulator.world.hostile.world import hostile_world
from provider_simulator.world.names import invented_tracks
from provider_simulator.world.printed import Printed
from provider_simulator.world.writing import COMPILATIONS

TRACKS = 1_000
LINES_A_MIX = 15


def absent_from(provider):
    return SIDES[provider].hostile.absent


def write_mixes(path, lines):
    """Lines as (text, label), in mixes."""
    mixes = [lines[n : n + LINES_A_MIX] for n in range(0, len(lines), LINES_A_MIX)]
    rows = (
        {
            "title": f"Mix {number}",
            "tracklist": [{"line": text, "recording": label} for text, label in mix],
        }
        for number, mix in enumerate(mixes)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def mixes(tmp_path_factory):
    lines = [
        (
            f"{track.artist} - {track.title}"
            + (f" ({track.version})" if track.version else ""),
            f"label{number}",
        )
        for number, track in enumerate(invented_tracks(TRACKS + 100, seed=3))
    ]
    return write_mixes(tmp_path_factory.mktemp("mixes") / "mixes.jsonl", lines)


@pytest.fixture(scope="module")
def made(mixes):
    return hostile_world(mixes, TRACKS, seed=7)


def test_the_same_mixes_and_seed_make_the_same_world(mixes, made):
    again = hostile_world(mixes, TRACKS, seed=7)

    assert again.world == made.world
    assert again.meanings == made.meanings


@pytest.mark.parametrize("provider", SIDES)
def test_each_provider_lacks_its_share(made, provider):
    absent = sum(provider not in has for has in made.present.values())

    assert absent / TRACKS == pytest.approx(absent_from(provider), abs=0.04)


@pytest.mark.parametrize("provider", SIDES)
def test_what_stands_beside_a_recording_does_not_know_whether_it_is_there(
    made, provider
):
    def share(present):
        keys = [k for k, has in made.present.items() if (provider in has) == present]
        beside = sum("version" in made.beside[provider][key] for key in keys)
        return beside / len(keys)

    # some versions are recordings of the mixes themselves and not made twice
    assert share(present=True) == pytest.approx(BESIDE["version"], abs=0.06)
    assert share(present=False) == pytest.approx(share(present=True), abs=0.08)


def test_providers_lack_recordings_independently_of_each_other(made):
    both = sum(not has & {"spotify", "musicbrainz"} for has in made.present.values())

    expected = absent_from("spotify") * absent_from("musicbrainz")
    assert both / TRACKS == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("provider", SIDES)
def test_every_kind_of_the_table_is_met_and_every_entry_has_a_meaning(made, provider):
    met = Counter(meaning.kind for meaning in made.meanings[provider].values())

    assert met.keys() >= {*BESIDE, RIGHT}
    beside = sum("namesake" in kinds for kinds in made.beside[provider].values())
    assert beside / TRACKS == pytest.approx(BESIDE["namesake"], abs=0.03)
    entries = made.world.of(provider)
    assert len(entries) <= len(made.meanings[provider])


def test_versions_stand_where_each_provider_prints_them(made):
    remarks = Counter(r.disambiguation for r in made.world.of("musicbrainz"))
    dashes = [t.name for t in made.world.of("spotify") if " - " in t.name]

    assert remarks["instrumental"] + remarks["radio edit"] > 0
    assert any(remark.startswith("DJ-mix") for remark in remarks)
    assert any(recording.is_video for recording in made.world.of("musicbrainz"))
    assert any(name.endswith(" - Mixed") for name in dashes)
    assert any(name.endswith(" - Extended Mix") for name in dashes)


def test_compilations_date_a_recording_later(made):
    albums = {}
    for track in made.world.of("spotify"):
        meaning = made.meanings["spotify"][track.id]
        if meaning.kind == RIGHT:
            albums.setdefault(meaning.beside, []).append(track.album)

    dates = [
        (several[0].released, several[1].released)
        for several in albums.values()
        if len(several) > 1 and several[1].title in COMPILATIONS
    ]
    assert len(dates) > 100
    assert all(first <= later for first, later in dates)


def test_a_name_is_the_commonest_of_its_lines_and_noise_is_left_out(tmp_path):
    lines = [
        ("Wren - Salt (Dub) [Paper Sun]", "a"),
        ("Wren - Salt (Dub)", "a"),
        ("Wrenn - Salt (Dub)", "a"),
        ("Wren - Salt", "a"),
        ("Track of the week: Wren - Sand", "b"),
        ("ID - ID", "c"),
        ("Ada - Glass", None),
        ("Ada - Sand", "d"),
        ("Ada - Stone", "e"),
        ("Ada - Orbit", "f"),
        ("Ada - Fever", "g"),
    ]

    playlist = read_playlist(write_mixes(tmp_path / "mixes.jsonl", lines), 10, seed=1)

    names = {(p.given.artist, p.given.title, p.given.version) for p in playlist.played}
    ours = {("Ada", title, None) for title in ("Sand", "Stone", "Orbit", "Fever")}
    assert names == {("Wren", "Salt", "Dub"), *ours}
    assert playlist.left_out == {
        "a programme's words before the artist": 1,
        "not to be split": 1,
        "without a label": 1,
    }


def test_as_many_are_asked_as_were_wanted(tmp_path):
    lines = [(f"Ada - Sand {number}", str(number)) for number in range(45)]

    playlist = read_playlist(write_mixes(tmp_path / "mixes.jsonl", lines), 16, seed=1)

    # a mix of one line would not be read as a tracklist
    assert [len(mix.lines) for mix in playlist.mixes] == [11, 5]


def test_a_line_that_its_label_does_not_mean_is_not_asked(tmp_path):
    lines = [
        ("Ada - Salt (Mira Quent Remix)", "a"),
        *((f"Ada - {title}", title) for title in ("Sand", "Stone", "Glass", "Orbit")),
        *(("Ada - Salt", "a"),) * 2,
    ]

    playlist = read_playlist(write_mixes(tmp_path / "mixes.jsonl", lines), 10, seed=1)

    assert playlist.left_out == {"labelled as another recording": 1}
    assert "Ada - Salt" in {played.line for played in playlist.played}


@pytest.mark.parametrize(
    ("names", "title", "version", "featured"),
    [
        (Printed("Wren Feat. Ada", "Salt"), "Salt", None, ("Ada",)),
        (Printed("Wren", "Salt", "Ft. Ada & Bo"), "Salt", None, ("Ada", "Bo")),
        (Printed("Wren", "Salt", "The Long Way"), "Salt (The Long Way)", None, ()),
        (Printed("Wren", "Salt", "Ada Remix"), "Salt", "Ada Remix", ()),
    ],
)
def test_a_bracket_is_a_guest_a_version_or_part_of_the_title(
    names, title, version, featured
):
    given = given_of(names)

    assert (given.title, given.version, given.featured) == (title, version, featured)


@pytest.mark.parametrize(
    ("version", "makers"),
    [
        ("Ada Remix", ("Ada",)),
        ("Ada & Bo's Extended Mix", ("Ada", "Bo")),
        ("Extended Mix", ()),
        ("VIP", ()),
        (None, ()),
    ],
)
def test_a_remixer_is_read_off_the_version(version, makers):
    assert remixers_of(version) == makers


def found(wire, params, path):
    query = Query("GET", path, params, headers={"user-agent": "tests"})
    return json.loads(wire.answer(query).body)


def test_short_pages_of_spotify_are_padded_with_near_names(made):
    track = next(t for t in made.world.of("spotify") if len(t.artists) == 1)
    search = (
        ("q", f'track:"{track.name}" artist:"{track.artists[0].name}"'),
        ("type", "track"),
        ("limit", "10"),
    )
    bare, padded = (
        SpotifyWire(made.world, settings_of(spotify_padding=padding), ManualClock())
        for padding in (False, True)
    )

    few = found(bare, search, "/v1/search")["tracks"]["items"]
    many = found(padded, search, "/v1/search")["tracks"]["items"]

    assert len(few) < len(many) <= 10
    assert [row["id"] for row in many[: len(few)]] == [row["id"] for row in few]


def test_musicbrainz_tells_aliases_and_videos(made):
    wire = MusicBrainzWire(made.world, settings_of(), ManualClock())
    aliased = next(
        r for r in made.world.of("musicbrainz") if r.credit[0].artist.aliases
    )

    page = found(
        wire, (("query", f"rid:{aliased.mbid}"), ("fmt", "json")), "/ws/2/recording"
    )

    [row] = page["recordings"]
    assert row["artist-credit"][0]["artist"]["aliases"][0]["name"]
