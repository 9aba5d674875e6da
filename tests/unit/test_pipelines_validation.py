"""Rows become tracks, once each; what cannot be one keeps its place, with a reason."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from scrapy.exceptions import DropItem
from scrapy.statscollectors import StatsCollector
from scrapy.utils.test import get_crawler

from scrapers.items import MAX_RAW_LENGTH, content_hash, storable, tracklist_item
from scrapers.pipelines.validation import Validation
from scrapers.report import Tally, crawl_report
from scrapers.rows.validating import MAX_NAME_LENGTH, validated
from scrapers.tracklists.tracklist import Row, Tracklist


def row(position: int, artist="Artist", title="Title", **fields) -> Row:
    known = {"raw": f"{artist} - {title}", "identified": True, "full_title": title}
    return Row(position, **{**known, "artist": artist, "title": title, **fields})


def item(*rows: Row):
    return tracklist_item(
        Tracklist(format="text", rows=rows),
        source="tracklist_files",
        source_key="set.txt",
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_a_track_played_twice_is_one_track_in_two_rows():
    checked, reasons = validated(item(row(1), row(2, "Other"), row(3)))

    assert [track.artist for track in checked.tracks] == ["Artist", "Other"]
    assert checked.tracklist.rows[0].track_id == checked.tracklist.rows[2].track_id
    assert not reasons


def test_an_unknown_row_keeps_its_place_and_is_no_track():
    unknown = Row(2, raw="ID - ID")
    checked, reasons = validated(item(row(1), unknown, row(3, "Other")))

    assert [r.position for r in checked.tracklist.rows] == [1, 2, 3]
    assert checked.tracklist.rows[1].track_id is None
    assert len(checked.tracks) == 2
    assert not reasons


def test_a_track_id_is_a_uuid_as_the_database_wants_it():
    checked, _ = validated(item(row(1, "Deadmau5", "Strobe")))

    assert str(UUID(checked.tracks[0].track_id)) == checked.tracks[0].track_id
    assert checked.tracks[0].track_key


def test_a_remix_is_looked_up_under_its_artist_and_not_its_remixer():
    remix = row(
        1,
        "Deadmau5",
        "Strobe",
        full_title="Strobe (Chris Lake Remix)",
        version="Chris Lake Remix",
        remixers=("Chris Lake",),
    )

    (track,) = validated(item(remix))[0].tracks

    assert (track.artist, track.title) == ("Deadmau5", "Strobe (Chris Lake Remix)")
    assert track.remixers == ("Chris Lake",)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (row(1, artist="", raw="?"), "nameless"),
        (row(1, artist="A" * (MAX_NAME_LENGTH + 1)), "too_long"),
        (row(1, title="T" * 100_000), "too_long"),
        (row(1, "Unknown Artist", "Unknown"), "no_identity"),
    ],
    ids=["nameless", "long artist", "long title", "no identity"],
)
def test_a_row_that_cannot_be_a_track_is_counted_with_its_reason(broken, reason):
    stats = StatsCollector(get_crawler())

    checked = Validation(Tally(stats, "test")).process_item(item(broken, row(2)))

    assert crawl_report("test", stats.get_stats()).dropped == {reason: 1}
    assert not checked.tracklist.rows[0].identified
    assert len(checked.tracks) == 1


def test_an_impossible_cue_is_dropped_and_the_track_is_not():
    checked, _ = validated(item(row(1, cue_seconds=-1), row(2, "B", cue_seconds=2**40)))

    assert [r.cue_seconds for r in checked.tracklist.rows] == [None, None]
    assert len(checked.tracks) == 2


def test_texts_are_fit_for_postgres():
    strange = row(1, "Art\x00ist", "Ti\ud800tle", raw="x" * 100_000)

    made = item(strange).tracklist.rows[0]

    assert (made.artist, made.title) == ("Artist", "Ti?tle")
    assert len(made.raw) == MAX_RAW_LENGTH
    assert storable(None) is None


def test_equal_rows_have_equal_hashes_and_others_have_not():
    assert item(row(1)).content_hash == item(row(1)).content_hash
    assert item(row(1)).content_hash != item(row(1), row(2)).content_hash
    assert content_hash(Tracklist("text", (row(1),))) != content_hash(
        Tracklist("text", (row(1),), gaps_after=(1,))
    )


def test_two_rows_in_one_place_are_refused_and_counted():
    stats = StatsCollector(get_crawler())
    validation = Validation(Tally(stats, "test"))

    with pytest.raises(DropItem):
        validation.process_item(item(row(1), row(1, "Other")))

    report = crawl_report("test", stats.get_stats())
    assert report.dropped == {"positions": 2}


def test_the_report_counts_every_row_once():
    stats = StatsCollector(get_crawler())
    validation = Validation(Tally(stats, "test"))

    validation.process_item(item(row(1), Row(2, raw="ID"), row(3, artist="")))

    report = crawl_report("test", stats.get_stats())
    assert (report.rows["unidentified"], report.rows["dropped"]) == (1, 1)
