"""
A million tracks, 50,000 open questions: how long a page and a decision take.

`python -m benchmarks.review_at_size --tracks 1000000` starts a Postgres of its own and
prints one JSON object: p50 and p95 in ms of a page of the inbox, of a question and of a
decision, by the calls of the HTTP service in this process, while something writes; how
many decisions are there afterwards; and the most memory of this process. Exit code 1
where a claim does not hold.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
from statistics import quantiles
from time import perf_counter
from typing import Any

import asyncpg
import httpx

import devstack
from benchmarks.export_at_size import TRACKS, write_all_the_time
from benchmarks.reenrichment_sweep import fill_tracks
from enrichment.store import migrations
from enrichment.web.access.tokens import Tokens, operator
from enrichment.web.api.application import application
from enrichment.web.api.routes import Api

# What a reviewer should not have to wait longer for, and the service not take more of.
INBOX_MS, DECISION_MS, MEMORY_MB = 150, 50, 250
QUESTIONS = 50_000
CALLS = 200
TOKEN = "of this run"  # noqa: S105 (nobody else's)

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
SELECT 1 + n % 5000, 1 + n / 5000, 'raw', true,
       md5((1 + (n * n * 7919 % $1::bigint))::text)::uuid
FROM generate_series(0, 149999::bigint) AS n
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


async def reviewed(url: str, calls: int) -> dict[str, Any]:
    """Read pages and decide, as reviewers do."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    api = Api(pool, None, None, None, {}, tokens=Tokens([operator(TOKEN)]))  # type: ignore[arg-type]
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(application(api)),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    inbox, looks, decisions = list[float](), list[float](), list[float]()
    after = None
    for _ in range(calls):
        begun = perf_counter()
        query: dict[str, str] = {"after": after} if after else {}
        page = (await client.get("/review/questions", params=query)).json()
        inbox.append(perf_counter() - begun)
        after, number = page["after"], page["questions"][0]["question_id"]
        begun = perf_counter()
        whole = (await client.get(f"/review/questions/{number}")).json()
        looks.append(perf_counter() - begun)
        given = {"take": whole["options"][0]["value"], "seen": whole["seen"]}
        begun = perf_counter()
        answer = await client.post(f"/review/questions/{number}/decision", json=given)
        decisions.append(perf_counter() - begun)
        answer.raise_for_status()
    await client.aclose()
    there = await pool.fetchval(
        "SELECT count(*) FROM review_decisions AS d JOIN tracks AS t USING (track_id)"
        " WHERE d.choice = t.spotify_id"
    )
    await pool.close()
    return {
        "inbox": told(inbox),
        "question": told(looks),
        "decision": told(decisions),
        "decisions_a_minute": round(60 * calls / sum(decisions)),
        "decided": calls,
        "there": there,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def measured(tracks: int, questions: int) -> dict[str, Any]:
    """Fill, then review while something writes."""
    devstack.forget_named_servers()
    with devstack.open_stack(["postgres"]) as stack:
        url = stack.postgres.url
        asyncio.run(filled(url, tracks, questions))
        spawn = multiprocessing.get_context("spawn")
        stop = spawn.Event()
        writer = spawn.Process(
            target=write_all_the_time, args=(url, tracks * 2, stop), daemon=True
        )
        writer.start()
        report = asyncio.run(reviewed(url, min(CALLS, questions // 2)))
        stop.set()
        writer.join()
    return {"tracks": tracks, "questions": questions, **report}


def main() -> int:
    """Run the command given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    asked = parser.parse_args()
    report = measured(max(asked.tracks, asked.questions), asked.questions)
    print(json.dumps(report))  # noqa: T201 (the command's output)
    holds = (
        report["inbox"]["p95_ms"] < INBOX_MS
        and report["decision"]["p95_ms"] < DECISION_MS
        and report["memory_mb"] < MEMORY_MB
        and report["there"] == report["decided"]
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
