"""
A million tracks, 50,000 open questions: how long a page and a decision take.

`python -m benchmarks.review_at_size --tracks 1000000` starts servers and the service
`enrichment serve` as a process, and prints one JSON object: p50 and p95 in ms of the
console's inbox, of a question's page, of a decision by its form, and of the same by the
JSON calls, over HTTP, while something writes; how many decisions are there afterwards;
and the most memory of the service. Exit code 1 where a claim does not hold.
"""

import argparse
import asyncio
import json
import multiprocessing
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import psutil

import devstack
from benchmarks.export_at_size import TRACKS, write_all_the_time
from benchmarks.reenrichment_sweep import fill_tracks
from enrichment.store import migrations
from tests import pipeline
from tests.service import TOKEN, Service, starter

# What a reviewer should not have to wait longer for, and the service not take more of.
INBOX_MS, DECISION_MS, MEMORY_MB = 150, 50, 250
QUESTIONS = 50_000
CALLS = 200
INBOX = "/console/inbox"

# Every twentieth track is in question; what is played much is rare.
_RECORDS = """
INSERT INTO provider_records
    (track_id, provider, outcome, provider_track_id, score, reasons, question,
     fetched_at)
SELECT md5(n::text)::uuid, 'spotify', 'ambiguous', 's' || n || 'a', 1,
       '{"margin: another is as near"}', 'search:artist ' || n || ':title ' || n, now()
FROM generate_series(1, $1::bigint) AS n
"""
_ANSWERS = """
INSERT INTO provider_answers (provider, question, payload, licence_class, fetched_at)
SELECT 'spotify', 'search:artist ' || n || ':title ' || n,
       jsonb_agg(jsonb_build_object(
           'provider', 'spotify', 'id', 's' || n || sign,
           'artist', 'Artist ' || n % 5000, 'album', 'Album ' || sign,
           'title', 'Title ' || n || ' (Extended Mix)',
           'duration_ms', CASE sign WHEN 'a' THEN 200000 ELSE 320000 END)),
       'no_indefinite_storage', now()
FROM generate_series(1, $1::bigint) AS n, unnest('{a,b}'::text[]) AS sign
GROUP BY n
"""
_LISTS = """
INSERT INTO tracklists (source, source_key, format, parsed_rows, content_hash)
SELECT 'text', 'list ' || n, 'text', 20, 'h' FROM generate_series(1, 5000) AS n
"""
_ROWS = """
INSERT INTO tracklist_rows (tracklist_id, position, raw, identified, track_id)
SELECT list.first + n % 5000, 1 + n / 5000, 'raw', true,
       md5((1 + (n * n * 7919 % $1::bigint))::text)::uuid
FROM generate_series(0, 149999::bigint) AS n
CROSS JOIN (SELECT min(tracklist_id) AS first FROM tracklists
            WHERE source_key LIKE 'list %') AS list
"""


async def filled(url: str, tracks: int, questions: int) -> None:
    """Make tracks, questions and tracklists."""
    connection = await asyncpg.connect(url)
    await migrations.up(connection)
    await fill_tracks(connection, tracks, TRACKS)
    await connection.execute(_LISTS)
    for statement in (_ROWS, _RECORDS, _ANSWERS):
        await connection.execute(statement, questions)
    for statement in ("SELECT fold_review_changes()", "VACUUM ANALYZE"):
        await connection.execute(statement)
    await connection.close()


def told(seconds: list[float]) -> dict[str, float]:
    """Return the middle and the slowest twentieth, in ms."""
    cuts = quantiles(seconds, n=20)
    return {"p50_ms": round(cuts[9] * 1000, 1), "p95_ms": round(cuts[18] * 1000, 1)}


class Reviewer:
    """A person who has logged in; each call is timed under a name."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.taken = defaultdict[str, list[float]](list)
        client.post("/console/login", data={"token": TOKEN})

    def call(self, name: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401 (what httpx takes)
        """Make a call, by POST where something is sent; it must be well."""
        begun = perf_counter()
        answer = self._client.request("POST" if sent else "GET", path, **sent)
        self.taken[name].append(perf_counter() - begun)
        if answer.is_error:
            raise SystemExit(f"{path}: {answer.status_code}: {answer.text[:500]}")
        return answer

    def decide_by_page(self, inbox: str) -> str | None:
        """Look at a page of the inbox and its first question; return the next page."""
        listed = self.call("inbox", inbox).text
        path = _first(r'href="(/console/questions/[^"]+)"', listed)
        shown = self.call("question", path).text
        form = {
            name: _first(rf'name="{name}" value="([^"]*)"', shown)
            for name in ("csrf", "seen", "place", "take")
        }
        page, _, query = path.partition("?")
        self.call("decision", f"{page}/decision?{query}", data=form)
        follow = re.search(r'href="([^"]+)" rel="next"', listed)
        return follow[1].replace("&amp;", "&") if follow else None

    def decide_by_call(self) -> None:
        """Decide the most played question by the JSON calls."""
        listed = self.call("inbox_call", "/review/questions").json()
        path = f"/review/questions/{listed['questions'][0]['question_id']}"
        shown = self.call("question_call", path).json()
        given = {"take": shown["options"][0]["value"], "seen": shown["seen"]}
        self.call("decision_call", f"{path}/decision", json=given)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"a page lacks {pattern}: {text[:500]}")
    return found[1].replace("&amp;", "&")


def reviewed(service: Service, calls: int) -> dict[str, Any]:
    """Read pages and decide, as reviewers and programs do."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=60) as client:
        reviewer = Reviewer(client)
        inbox: str | None = INBOX
        for _ in range(calls):
            inbox = reviewer.decide_by_page(inbox or INBOX)
            reviewer.decide_by_call()
    taken = reviewer.taken
    decisions = taken["decision"] + taken["decision_call"]
    return {
        **{name: told(seconds) for name, seconds in taken.items()},
        # one person after another, who also looks
        "decisions_a_minute": round(
            60 * len(decisions) / sum(map(sum, taken.values()))
        ),
        "decided": len(decisions),
        "memory_mb": _most_memory_mb(service.process.pid),
    }


def _most_memory_mb(pid: int) -> int:
    """Return the most that a process has held; where no kernel tells, what it holds."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return int(psutil.Process(pid).memory_info().rss) // 2**20
    return int(_first(r"VmHWM:\s+(\d+) kB", status)) // 1024


async def decisions_there(url: str) -> int:
    """Count decisions whose track holds what was decided."""
    connection = await asyncpg.connect(url)
    there = await connection.fetchval(
        "SELECT count(*) FROM review_decisions AS d JOIN tracks AS t USING (track_id)"
        " WHERE d.choice = t.spotify_id"
    )
    await connection.close()
    return int(there)


@contextmanager
def writing(url: str, tracks: int) -> Iterator[None]:
    """Have another process write tracks, until the block ends."""
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    writer = spawn.Process(
        target=write_all_the_time, args=(url, tracks * 2, stop), daemon=True
    )
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def measured(tracks: int, questions: int) -> dict[str, Any]:
    """Fill, then review while something writes."""
    devstack.forget_named_servers()
    with (
        tempfile.TemporaryDirectory(prefix="review-at-size-") as folder,
        devstack.open_stack() as stack,
    ):
        url = stack.postgres.url
        asyncio.run(filled(url, tracks, questions))
        pipeline.declare(stack.rabbitmq.url)
        serve = starter(stack.environment, Path(folder))
        with serve() as service, writing(url, tracks):
            report = reviewed(service, min(CALLS, questions // 4))
        report["there"] = asyncio.run(decisions_there(url))
    return {"tracks": tracks, "questions": questions, **report}


def holds(report: Mapping[str, Any]) -> bool:
    """Return whether every claim holds."""
    inbox = max(report[name]["p95_ms"] for name in ("inbox", "inbox_call"))
    decision = max(report[name]["p95_ms"] for name in ("decision", "decision_call"))
    return bool(
        inbox < INBOX_MS
        and decision < DECISION_MS
        and report["memory_mb"] < MEMORY_MB
        and report["there"] == report["decided"]
    )


def main() -> int:
    """Run the command given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    asked = parser.parse_args()
    report = measured(max(asked.tracks, asked.questions), asked.questions)
    print(json.dumps(report))  # noqa: T201 (the command's output)
    return 0 if holds(report) else 1


if __name__ == "__main__":
    sys.exit(main())
