"""Two tracklists of one set are found and count once; no other two do."""

import asyncio
from dataclasses import replace

import pytest

from tests.crawls import rows
from tests.integration.test_persistence import Crawl, item

NAMES = [f"Artist {n}" for n in range(10)]
SET = {"artist": "Vela Nord", "recorded_on": "2014-06-21"}
PLAYED = "SELECT track_id FROM played_rows"


def listed(*names, key, source="mixesdb", **told):
    made = item(*names, key=key, source=source)
    return replace(made, tracklist=replace(made.tracklist, **told))


async def stored(url, *items):
    async with Crawl(url) as persistence:
        await asyncio.gather(*map(persistence.process_item, items))


async def fetched(url, query):
    return await asyncio.to_thread(rows, url, query)


async def test_a_set_of_two_sources_is_shown_and_counts_once(database_url):
    page = listed(*NAMES, key="page", **SET)
    file = listed(*NAMES[:7], "Else", key="/a.txt", source="tracklist_files", **SET)

    await stored(database_url, page, file)

    [same] = await fetched(database_url, "SELECT common, share FROM same_sets")
    assert same["common"] == 7
    assert same["share"] == pytest.approx(7 / 8)
    assert len(await fetched(database_url, PLAYED)) == 11
    assert len(await fetched(database_url, "SELECT FROM tracklist_rows")) == 18


async def test_they_are_apart_again_when_one_turns_out_to_be_another(database_url):
    page = listed(*NAMES, key="page", **SET)
    file = listed(*NAMES, key="/a.txt", source="tracklist_files", **SET)
    await stored(database_url, page, file)
    other = [f"Other {n}" for n in range(10)]
    mended = listed(*other, key="/a.txt", source="tracklist_files", **SET)

    await stored(database_url, mended)

    assert await fetched(database_url, "SELECT FROM same_sets") == []
    assert len(await fetched(database_url, PLAYED)) == 20


DAY, DJ = SET["recorded_on"], SET["artist"]
SAME = [
    ({}, {}, 10),
    (SET, SET, 5),
    (SET, {"artist": "VELA NORD & Pia"}, 7),
    (SET, {"recorded_on": DAY}, 7),
    (SET, {"recorded_on": "2014"}, 9),
]
OTHER = [
    ({}, {}, 8),
    (SET, SET, 4),
    (SET, {"artist": DJ}, 6),
    (SET, {"artist": DJ, "recorded_on": "2014-06-22"}, 10),
    (SET, {"artist": DJ, "recorded_on": "2015"}, 10),
    (SET, {"artist": "Oskar Lind", "recorded_on": DAY}, 10),
]


async def test_date_artist_and_share_of_equal_rows_decide(database_url):
    cases = [(*case, True) for case in SAME] + [(*case, False) for case in OTHER]
    items = []
    for number, (one, two, common, _) in enumerate(cases):
        names = [f"{name} of {number}" for name in NAMES]
        others = [f"Else {n} of {number}" for n in range(10 - common)]
        items += [
            listed(*names, key=f"{number:02} a", **one),
            listed(*names[:common], *others, key=f"{number:02} b", **two),
        ]

    await stored(database_url, *items)

    found = await fetched(
        database_url,
        """SELECT left(a.source_key, 2)::int AS number FROM same_sets
        JOIN tracklists AS a ON a.tracklist_id = earlier_id""",
    )
    expected = {n for n, case in enumerate(cases) if case[-1]}
    assert {row["number"] for row in found} == expected


async def test_a_tracklist_stays_where_the_same_sets_cannot_be_found(database_url):
    """As where so many lists have its tracks that it takes too long."""
    await fetched(
        database_url,
        "CREATE OR REPLACE FUNCTION note_same_sets(list bigint) RETURNS bigint"
        " LANGUAGE sql AS 'SELECT 1 / (list - list)'",
    )
    crawl = Crawl(database_url)
    async with crawl as persistence:
        given = await persistence.process_item(listed(*NAMES, key="page", **SET))

    assert len(given.requests) == len(NAMES)
    assert crawl.stopped == []
    assert crawl.report.tracklists == {"stored": 1, "unchanged": 0, "dropped": 0}
