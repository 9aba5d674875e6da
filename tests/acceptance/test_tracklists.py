"""Tracklists taken back and read anew, beside a worker on real servers."""

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.cli.actions import parse_lines
from enrichment.contract import queues
from enrichment.contract.messages import EnrichmentRequest
from tests import pipeline
from tests.crawls import PROJECT, crawl

pytestmark = pytest.mark.timeout(300)

DEMO = sorted((PROJECT / "demo/tracklists").iterdir())[:3]
PASTED = "1. Nobody Heard - A Wrong Paste\n2. Nobody Heard - Another One\n"
PICTURE = {
    "rows": "SELECT tracklist_id, position, raw, track_id FROM tracklist_rows",
    "tracks": """SELECT track_id, artist, title, status, outcome, isrc, album, genres,
        popularity, listeners FROM tracks""",
    "records": "SELECT track_id, provider, outcome, due_at FROM provider_records",
    "credits": """SELECT track_id, position, role, name FROM track_credits
        JOIN artists USING (artist_id)""",
    "artists": "SELECT name FROM artists",
    "lists": "SELECT tracklist_id, source_key, parsed_rows FROM tracklists",
    "texts": "SELECT digest FROM tracklist_texts",
    "most played": """SELECT track_id, count(*) FROM played_rows GROUP BY 1""",
}


def picture(url):
    return {
        name: sorted(map(str, map(tuple, pipeline.rows(url, query))))
        for name, query in PICTURE.items()
    }


def open_tracks(url):
    query = "SELECT track_id FROM tracks WHERE status IN ('pending', 'in_progress')"
    return pipeline.rows(url, query)


def first_lines(count):
    """Rows that the demo lists, as somebody pastes them."""
    lines = [json.loads(line) for line in parse_lines.tracklist(DEMO[0].read_bytes())]
    known = [row for row in lines if row["track_id"]][:count]
    return "".join(f"{row['artist']} - {row['full_title']}\n" for row in known)


@pytest.fixture
def tracks():
    pasted = [*parse_lines.tracklist(PASTED.encode())]
    lines = [line for f in DEMO for line in parse_lines.tracklist(f.read_bytes())]
    rows = {row["track_id"]: row for row in map(json.loads, [*lines, *pasted])}
    rows.pop(None, None)
    return [*rows.values()]


@pytest.fixture
def environment(workers) -> Mapping[str, str]:
    return workers.environment


@pytest.fixture
def filled(workers, environment, tmp_path, database_url):
    """The demo's tracks, done by a worker that goes on; what stands then."""
    folder = tmp_path / "sets"
    folder.mkdir()
    for file in DEMO:
        (folder / file.name).write_bytes(file.read_bytes())
    assert crawl("tracklist_files", environment, path=folder).code == 0
    workers.start()
    pipeline.until(lambda: not open_tracks(database_url))
    return picture(database_url)


def enrichment(environment, *arguments, code=0):
    done = pipeline.run_command(environment, "tracklists", *arguments)
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode()


def test_a_removed_tracklist_leaves_no_trace_beside_a_worker(
    filled, environment, tmp_path, database_url, rabbitmq_url
):
    paste = tmp_path / "paste.txt"
    paste.write_text(first_lines(4) + PASTED)
    wrong = "SELECT * FROM tracks WHERE artist = 'Nobody Heard'"
    assert crawl("tracklist_files", environment, path=paste).code == 0
    brought = pipeline.rows(database_url, wrong)
    assert len(brought) == 2

    [latest] = json.loads(enrichment(environment, "list", "--limit", "1", "--json"))
    number = str(latest["tracklist_id"])
    told = enrichment(environment, "remove", number, "--yes")

    assert told.startswith("1 tracklist with 6 rows are gone, 2 tracks")
    # what is queued already does not bring them back, nor does a worker at work
    late = EnrichmentRequest(
        track_id=str(brought[0]["track_id"]),
        artist=brought[0]["artist"],
        title=brought[0]["title"],
        priority=5,
        queued_at=datetime.now(UTC) - timedelta(hours=1),
    )
    pipeline.publish(rabbitmq_url, [late])
    pipeline.until(lambda: pipeline.depth(rabbitmq_url, queues.MAIN_QUEUE) == 0)
    seen = enrichment(environment, "list", "--text", "paste.txt", "--json")
    assert (json.loads(seen), picture(database_url)) == ([], filled)
    # a new crawl does
    assert crawl("tracklist_files", environment, path=paste).code == 0
    pipeline.until(lambda: not open_tracks(database_url))
    assert len(pipeline.rows(database_url, wrong)) == 2


def test_reading_anew_changes_what_the_parser_reads_otherwise_and_nothing_else(
    filled, environment, database_url
):
    told = enrichment(environment, "reparse", "--all", "--yes")

    assert told.startswith("3 tracklists read anew: 0 changed, 3 are as they were")
    assert picture(database_url) == filled
    # as a parser of before read it
    pipeline.rows(
        database_url,
        """WITH one AS (UPDATE tracklists SET content_hash = 'before', parsed_rows = 1
            WHERE tracklist_id = (SELECT min(tracklist_id) FROM tracklists)
            RETURNING tracklist_id)
        DELETE FROM tracklist_rows AS r USING one
        WHERE r.tracklist_id = one.tracklist_id AND position > 1""",
    )
    # one row that Postgres refuses costs its own list alone
    first, second, _ = pipeline.rows(
        database_url, "SELECT tracklist_id AS id FROM tracklists ORDER BY 1"
    )
    changed = "UPDATE tracklists SET content_hash = 'before' WHERE tracklist_id = $1"
    pipeline.rows(database_url, changed, second["id"])
    refuse = "ALTER TABLE tracklist_rows ADD CONSTRAINT no CHECK (tracklist_id <> {})"
    pipeline.rows(database_url, f"{refuse.format(first['id'])} NOT VALID")
    told = enrichment(environment, "reparse", "--all", "--yes", code=65)
    assert told.startswith("3 tracklists read anew: 1 changed, 1 are as they were")
    assert "1 stay: Postgres refuses what is read today" in told
    pipeline.rows(database_url, "ALTER TABLE tracklist_rows DROP CONSTRAINT no")
    told = enrichment(environment, "reparse", "--all", "--yes")
    assert told.startswith("3 tracklists read anew: 1 changed, 2 are as they were")
    assert picture(database_url) == filled
    # what today's parser refuses stays, with the reason
    no_list = zlib.compress(b"Nobody played here.")
    pipeline.rows(
        database_url,
        "UPDATE tracklist_texts SET packed = $1 WHERE digest ="
        " (SELECT text_digest FROM tracklists WHERE tracklist_id = $2)",
        *(no_list, first["id"]),
    )
    told = enrichment(environment, "reparse", str(first["id"]), "--yes", code=65)
    assert "1 stay: today's parser refuses their text (it looks like" in told
    assert picture(database_url) == filled
