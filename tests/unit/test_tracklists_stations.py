"""JSON of stations and services, told apart by their fields."""

import json

import pytest

from scrapers.tracklists import parse
from scrapers.tracklists.tracklist import Blocked, NoTracklist, NotUnderstood


def read(document: object):
    return parse(json.dumps(document).encode())


def names(tracklist) -> list[tuple[str | None, str | None, int | None]]:
    return [(row.artist, row.full_title, row.cue_seconds) for row in tracklist.rows]


NTS = {
    "episode_alias": "night-watch-2nd-may-2031",
    "broadcast": "2031-05-02T20:00:00Z",
    "name": "Night Watch",
    "tracklist": {
        "metadata": {"resultset": {"count": 3}},
        "results": [
            {"artist": "Ada Frost", "title": "Tide", "offset": 20},
            {
                "artist": "Orla",
                "title": "Glass",
                "offset": None,
                "offset_estimate": 225,
            },
            {"artist": "", "title": ""},
        ],
    },
}


def test_nts_rows_keep_estimates_and_rows_without_names():
    (tracklist,) = read(NTS)

    assert names(tracklist)[:2] == [("Ada Frost", "Tide", 20), ("Orla", "Glass", 225)]
    assert [row.identified for row in tracklist.rows] == [True, True, False]
    assert (tracklist.recorded_on, tracklist.declared_rows) == ("2031-05-02", 3)


def test_an_nts_answer_without_its_tracklist_key_is_a_throttle_and_no_empty_one():
    throttled = {key: value for key, value in NTS.items() if key != "tracklist"}

    with pytest.raises(Blocked):
        read(throttled)
    with pytest.raises(NoTracklist):
        read(NTS | {"tracklist": {"results": []}})


def test_bbc_segments_are_found_wherever_they_are_in_the_page_state():
    segment = {
        "type": "segment_item",
        "titles": {"primary": "Ada Frost", "secondary": "Tide (feat. Bo Lund)"},
        "offset": {"start": 14, "end": 208},
    }
    episode = {
        "type": "playable_item",
        "urn": "urn:bbc:radio:episode:m000abcd",
        "release": {"date": "2031-05-02T00:00:00Z"},
        "titles": {"primary": "Night Watch", "secondary": None},
    }
    state = {"props": {"queries": [{}, {"data": [{"data": [episode]}, [segment]]}]}}

    (tracklist,) = read(state)

    assert tracklist.format == "bbc_sounds"
    assert tracklist.source_key == "m000abcd"
    assert [(row.artist, row.cue_seconds) for row in tracklist.rows] == [
        ("Ada Frost", 14)
    ]


def test_bbc_segment_events_are_read_without_speech():
    music = {"type": "music", "artist": "Ada Frost", "track_title": "Tide"}
    speech = {"type": "speech", "title": "News"}
    events = [
        {"version_offset": 0, "segment": speech},
        {"version_offset": 95, "segment": music},
    ]

    (tracklist,) = read({"segment_events": events})

    assert names(tracklist) == [("Ada Frost", "Tide", 95)]


def test_each_setlist_of_a_page_is_one_tracklist_and_covers_are_by_their_artist():
    setlist = {
        "id": "235d0827",
        "versionId": "g2b4",
        "eventDate": "27-04-2031",
        "artist": {"name": "The Tides"},
        "venue": {"name": "Harbour Hall"},
        "sets": {
            "set": [
                {
                    "song": [
                        {"name": "Ebb"},
                        {"name": "Glass", "cover": {"name": "Orla"}},
                    ]
                },
                {"encore": 1, "song": [{"name": "Flow"}]},
            ]
        },
    }
    empty = setlist | {"id": "0", "sets": {"set": []}}

    (tracklist,) = read({"type": "setlists", "setlist": [setlist, empty]})
    (alone,) = read(setlist)

    assert names(tracklist) == [
        ("The Tides", "Ebb", None),
        ("Orla", "Glass", None),
        ("The Tides", "Flow", None),
    ]
    assert (tracklist.recorded_on, tracklist.revision) == ("2031-04-27", "g2b4")
    assert alone == tracklist


def test_chapters_of_markers_are_read_by_their_raw_lines():
    raw = {"rawTrack": "Ada Frost - Tide", "timestamp": "00:02:39", "track": None}
    named = {"track": {"title": "Glass", "artist": {"title": "Orla"}}}

    (tracklist,) = read({"title": "Show", "chapters": [{"markers": [raw, named]}]})

    assert names(tracklist) == [("Ada Frost", "Tide", 159), ("Orla", "Glass", None)]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"song": "Tide", "artist": "Ada Frost"}, id="one play"),
        pytest.param({"title": "Tide", "artist": "Ada Frost"}, id="one song"),
        pytest.param([{"title": "Tide", "artist": {"name": "Ada Frost"}}], id="a list"),
        pytest.param(
            {"id": "x", "songs": [{"title": "Tide", "artist": "Ada Frost"}]}, id="songs"
        ),
        pytest.param(
            {
                "results": [
                    {"play_type": "airbreak", "artist": None},
                    {"artist": "[BREAK]", "title": "News"},
                    {"play_type": "trackplay", "artist": "Ada Frost", "song": "Tide"},
                ]
            },
            id="plays with breaks",
        ),
        pytest.param(
            {"tracklist": [{"title": "Tide"}], "artists": [{"name": "Ada Frost"}]},
            id="a release",
        ),
        pytest.param(
            {
                "sections": [
                    {"track": {"name": "Tide", "artist": {"name": "Ada Frost"}}}
                ]
            },
            id="sections of a show",
        ),
    ],
)
def test_songs_are_found_in_the_answers_of_stations(document):
    (tracklist,) = read(document)

    assert names(tracklist) == [("Ada Frost", "Tide", None)]


def test_a_description_is_read_as_text():
    lines = [f"{n}. Artist {n} - Title {n}" for n in range(1, 9)]

    (tracklist,) = read({"name": "Mix", "description": "\n".join(lines)})

    assert len(tracklist.rows) == 8


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        [1, None],
        {"results": [{"now": {}}]},
        [{"tracklist_id": "9kq2", "title": "Nova @ Hall"}],
        {"description": "A collection of beautiful film music."},
    ],
)
def test_json_without_tracks_is_no_tracklist(document):
    with pytest.raises(NoTracklist):
        read(document)


def test_json_cut_short_is_not_understood():
    with pytest.raises(NotUnderstood):
        parse(json.dumps(NTS).encode()[:-5])
