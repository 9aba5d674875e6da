"""The invented world is the same for the same seed, and as uneven as the real one."""

import json

import pytest

from provider_simulator.registry import NAMES
from provider_simulator.world.catalogue import (
    CatalogueInvalid,
    Given,
    given_from,
    read_given,
)
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.invention import invent
from provider_simulator.world.keys import fold
from provider_simulator.world.names import invented_tracks


@pytest.fixture(scope="module")
def given():
    return invented_tracks(2_000, seed=7)


@pytest.fixture(scope="module")
def full(given):
    return invent(given, PROFILES["full"], seed=7)


def test_the_same_tracks_and_seed_make_the_same_world(given, full):
    assert invent(given, PROFILES["full"], seed=7) == full


def test_another_seed_makes_another_world(given, full):
    other = invent(given, PROFILES["full"], seed=8)

    assert {t.id for t in other.of("spotify")}.isdisjoint(
        t.id for t in full.of("spotify")
    )


def test_a_track_is_invented_alike_whatever_stands_beside_it(given, full):
    alone = invent(given[:1], PROFILES["full"], seed=7)

    assert alone.of("spotify")[0] == full.of("spotify")[0]
    assert alone.of("musicbrainz")[0] == full.of("musicbrainz")[0]


def test_full_coverage_knows_every_track_everywhere(full):
    assert full.covered == dict.fromkeys(NAMES, 2_000)


def test_festival_coverage_is_that_of_real_sets(given):
    covered = invent(given, PROFILES["festival"], seed=7).covered

    assert 0.26 <= covered["musicbrainz"] / 2_000 <= 0.40
    assert covered["spotify"] / 2_000 == pytest.approx(0.95, abs=0.02)
    assert covered["lastfm"] / 2_000 == pytest.approx(0.80, abs=0.03)
    assert covered["deezer"] / 2_000 == pytest.approx(0.93, abs=0.02)
    assert 0.60 <= covered["reccobeats"] / 2_000 <= 0.90


def test_a_track_that_is_not_covered_is_absent():
    track = Given("Alva Brandt", "Paper Harbour", providers=frozenset(["spotify"]))

    world = invent([track], PROFILES["full"], seed=7)

    assert world.of("spotify")
    assert not world.of("musicbrainz")
    assert not world.of("lastfm")


def owners(world):
    count: dict[str, int] = {}
    for recording in world.of("musicbrainz"):
        for isrc in recording.isrcs:
            count[isrc] = count.get(isrc, 0) + 1
    return count.values()


def test_three_percent_of_isrcs_own_four_or_more_recordings(full):
    counts = owners(full)

    assert sum(n >= 4 for n in counts) / len(counts) == pytest.approx(0.03, abs=0.012)
    assert sum(n >= 2 for n in counts) / len(counts) == pytest.approx(0.125, abs=0.03)


def test_some_isrcs_are_shared_by_two_mixes(full):
    lengths: dict[str | None, set[int]] = {}
    for track in full.of("spotify"):
        lengths.setdefault(track.isrc, set()).add(track.duration_ms // 5_000)

    shared = [isrc for isrc, several in lengths.items() if isrc and len(several) > 1]
    assert shared


def test_ids_have_the_providers_forms(full):
    for track in full.of("spotify"):
        assert len(track.id) == 22
        assert track.id.isalnum()
        assert track.isrc is None or len(track.isrc) == 12
    assert len({t.id for t in full.of("spotify")}) == len(full.of("spotify"))
    assert len({r.mbid for r in full.of("musicbrainz")}) == len(full.of("musicbrainz"))
    assert all(r.mbid[14] == "4" for r in full.of("musicbrainz"))


def test_siblings_and_namesakes_stand_beside_the_tracks(full):
    names = " ".join(track.name for track in full.of("spotify"))

    for kind in ("Remix", "Karaoke Version", "Live", "Instrumental", "Radio Edit"):
        assert kind in names


def test_a_distractor_never_takes_the_place_of_a_track_that_is_given():
    plain = Given("Alva Brandt", "Paper Harbour")
    mixes = [
        Given("Alva Brandt", "Paper Harbour", version=version)
        for version in ("Extended Mix", "Radio Edit", "Club Mix", "Live")
    ]

    for seed in range(30):
        world = invent([plain, *mixes], PROFILES["full"], seed=seed)
        titles = [fold(t.name) for t in world.of("lastfm") if t.artist == "Alva Brandt"]
        assert len(titles) == len(set(titles))


def test_lines_as_parse_prints_them_are_read():
    row = {
        "artist": "Alva Brandt & Kaj Holm",
        "title": "Tide",
        "full_title": "Tide (Rui Falk Remix)",
        "artists": ["Alva Brandt", "Kaj Holm"],
        "featured": ["Runa Dahl"],
        "remixers": ["Rui Falk"],
        "version": "Rui Falk Remix",
        "label": None,
        "track_id": "x",
        "identified": True,
    }

    (track,) = given_from([row])

    assert (track.title, track.version) == ("Tide", "Rui Falk Remix")
    assert track.artists == ("Alva Brandt", "Kaj Holm")


def test_rows_without_a_track_are_left_out():
    rows: list[dict[str, object]] = [
        {"artist": "ID", "title": "ID", "identified": False},
        {"artist": "Alva Brandt", "title": ""},
    ]

    assert list(given_from(rows)) == []


def test_a_version_in_the_title_is_found_without_being_told():
    (track,) = given_from([{"artist": "A", "title": "Tide [Extended Mix]"}])

    assert (track.title, track.version) == ("Tide", "Extended Mix")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Given("Energy 52", "Café del Mar"), Given("energy 52", "Cafe Del Mar")),
        (Given("A & B", "Tide"), Given("B, A", "Tide", version="Original Mix")),
    ],
)
def test_spellings_of_one_recording_have_one_key(one, other):
    assert one.key == other.key


@pytest.mark.parametrize(
    "text",
    [
        '[{"artist": "A", "title": "T"}]',
        '{"recordings": [{"artist": "A", "title": "T"}]}',
        '{"artist": "A", "title": "T"}\n\n{"artist": "A", "title": "U"}\n',
        '{"artist": "A", "title": "T"}',
    ],
)
def test_every_form_of_file_is_read(tmp_path, text):
    path = tmp_path / "tracks.jsonl"
    path.write_text(text, encoding="utf-8")

    assert read_given(path)[0].title == "T"


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "tracks.jsonl"
    path.write_text(json.dumps({"artist": "A", "title": "T"}) + "\n{oops\n")

    with pytest.raises(CatalogueInvalid, match="line 2"):
        read_given(path)


def test_what_a_catalogue_says_is_kept():
    row: dict[str, object] = {
        "artist": "A",
        "title": "T",
        "isrc": "GBAAA0000001",
        "duration_ms": 200_000,
        "release_date": "2020-02-02",
        "isrc_recordings": 5,
    }

    world = invent(list(given_from([row])), PROFILES["full"], seed=7)

    assert sum("GBAAA0000001" in r.isrcs for r in world.of("musicbrainz")) >= 5
    assert world.of("spotify")[0].duration_ms == 200_000
    assert world.of("spotify")[0].album.released == "2020-02-02"
