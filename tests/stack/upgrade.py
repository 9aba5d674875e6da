"""
A true upgrade: a filled stack of an older commit becomes today's version.

Messages wait in its queues. The commit is taken from the history, so a shallow clone
cannot do it. The steps are those of the guide; the older .env is used as it is, and
completed at the end.
"""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from tests.stack.compose import PROJECT, Compose, StackFault, run, until
from tests.stack.trial import say

# The last commit before the first tables, keys and messages were changed.
OLD_COMMIT = "7528ff0ee19cf2a29f14e9e2190393338f8156ac"
WORKER = "enrichment-worker"
# What holds data, and what counts calls: it stays as the old version started it.
SERVERS = ("postgres", "redis", "rabbitmq")
OTHERS = (
    "metadata-enrichment",
    "enrichment-backlog-worker",
    "enrichment-reenrichment-worker",
)
IMAGES = ("metadata-enrichment", "scraper-orchestrator", "provider-simulator")
UNFINISHED = "SELECT count(*) FROM tracks WHERE status <> 'completed'"
# A row of a tracklist whose track has no finished row.
UNRESOLVED = """
SELECT count(*) FROM tracklist_rows AS r
WHERE r.track_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM tracks AS t WHERE t.track_id = r.track_id AND t.status = 'completed')
"""
IDENTIFIED = "SELECT count(*) FROM tracklist_rows WHERE track_id IS NOT NULL"
# As if they had just been crawled: the sweep publishes them.
PUT_BACK = """
UPDATE tracks SET status = 'pending', published_at = NULL,
    first_queued_at = now() - interval '2 minutes'
WHERE track_id IN (SELECT track_id FROM tracks ORDER BY track_id LIMIT {tracks:d})
"""
# Without a record a worker looks the answers up anew; Redis still holds them.
FORGET_RECORDS = """
DELETE FROM provider_records WHERE track_id IN
    (SELECT track_id FROM tracks ORDER BY track_id LIMIT {tracks:d})
"""
# A call for what is held already writes the time of the answer again.
HELD = "SELECT provider || ' ' || question FROM provider_answers"
HELD_AGAIN = HELD + " WHERE fetched_at > {began!r}"
CALLS = """
import json, urllib.request
url = "http://127.0.0.1:8100/_simulator/ledger/calls"
calls = json.load(urllib.request.urlopen(url))["calls"]
print(sum(call["operation"] != "token" for call in calls))
"""
IN_QUEUE = 60
BESIDE_EACH_OTHER = 40
AFTERWARDS = 20
# Long, since other work may share the machine: these are no claims about speed.
FINISHED_SECONDS = 900
WELL_SECONDS = 600


def old_tree(folder: Path) -> Path:
    """Unpack the old commit into a folder. Raises StackFault where it is not there."""
    done = subprocess.run(
        ["git", "archive", OLD_COMMIT], cwd=PROJECT, capture_output=True, check=False
    )
    if done.returncode:
        raise StackFault(f"{OLD_COMMIT} is not in the history: a shallow clone?")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Upgrade:
    """One project of Compose, started by the old version and taken over by the new."""

    def __init__(self, old: Compose, new: Compose) -> None:
        self.old, self.new = old, new
        self.faults: list[str] = []
        self.report: dict[str, Any] = {"from": OLD_COMMIT[:7]}

    def run(self) -> None:
        """Take every step in order."""
        say("starting and filling the old version")
        self.fill()
        say("leaving messages in its queue")
        self.queue()
        held = set(self.new.psql(HELD).splitlines())
        began = self.new.psql("SELECT now()")
        calls = {"before": self.calls()}
        rows = int(self.new.psql(IDENTIFIED))
        for sentence, step in (
            ("building the new version, applying its migrations", self.migrate),
            ("running workers of both versions", self.mix_workers),
            ("replacing all other services", self.replace_the_rest),
            ("applying today's identity and rules", self.apply_better_rules),
            ("completing .env", self.complete_environment),
        ):
            say(sentence)
            step()
            calls[sentence] = self.calls()
        self.check(int(self.new.psql(IDENTIFIED)) != rows, "rows of tracklists changed")
        self.report["rows"] = rows
        self.report["lost"] = int(self.new.psql(UNRESOLVED))
        self.report["dead_letters"] = self.messages("metadata_enrichment_dlq")
        self.report["calls_after"] = calls
        again = self.new.psql(HELD_AGAIN.format(began=began)).splitlines()
        self.report["asked_again"] = len(held.intersection(again))
        for key in ("lost", "dead_letters", "asked_again"):
            self.check(self.report[key], key)

    def check(self, fault: object, sentence: str) -> None:
        """Note a fault."""
        if fault:
            self.faults.append(f"{sentence}: {fault}")

    def fill(self) -> None:
        """Start the old version and let it enrich the tracklists of the demo."""
        for service in IMAGES:
            self.old("build", service, timeout=1200)
        self.start(self.old, "provider-simulator")
        self.old("up", "-d", "demo-crawl")
        # no row yet is no work yet
        until("rows", lambda: self.old.psql(IDENTIFIED) != "0", FINISHED_SECONDS)
        self.old.wait(["demo-crawl"], WELL_SECONDS)
        self.finish(self.old)
        self.report["tracks"] = int(self.old.psql("SELECT count(*) FROM tracks"))

    def start(self, stack: Compose, *more: str) -> None:
        """Start the servers, and when they are well all others."""
        stack("up", "-d", "--no-build", *SERVERS)
        stack.wait(SERVERS, WELL_SECONDS)
        services = (*more, WORKER, *OTHERS)
        stack("up", "-d", "--no-build", "--scale", f"{WORKER}=1", *services)
        stack.wait(services, WELL_SECONDS)

    def queue(self) -> None:
        """Have messages of the old version wait in its queue, half without records."""
        self.old("stop", "-t", "20", WORKER)
        self.old.psql(
            FORGET_RECORDS.format(tracks=IN_QUEUE // 2)
            + ";"
            + PUT_BACK.format(tracks=IN_QUEUE)
        )
        until(
            "messages in the queue",
            lambda: self.messages("metadata_enrichment_queue") >= IN_QUEUE,
            FINISHED_SECONDS,
        )
        self.report["queued"] = self.messages("metadata_enrichment_queue")

    def migrate(self) -> None:
        """Build the new images and apply the new migrations: steps 2 and 3."""
        self.new("build", "metadata-enrichment", timeout=1200)
        self.new("up", "-d", "postgres")
        self.new.wait(["postgres"], WELL_SECONDS)
        self.new("up", "-d", "enrichment-migrate")
        self.new.wait([*SERVERS, "enrichment-migrate"], WELL_SECONDS)

    def mix_workers(self) -> None:
        """Let a worker of each version consume beside the other: step 4."""
        self.old("start", WORKER)
        (old,) = [c["ID"] for c in self.old.containers(WORKER)]
        self.new(
            *("up", "-d", "--no-deps", "--no-recreate", "--no-build"),
            *("--scale", f"{WORKER}=2", WORKER),
        )
        self.new.wait([WORKER], WELL_SECONDS)
        self.new.psql(PUT_BACK.format(tracks=BESIDE_EACH_OTHER))
        images = {c["Image"] for c in self.new.containers(WORKER)}
        self.check(len(images) == 1 and images, "no workers of two versions")
        self.finish(self.new)
        run("docker", "stop", "-t", "20", old)
        run("docker", "rm", old)

    def replace_the_rest(self) -> None:
        """Replace all other services, servers too, where their definition changed."""
        self.start(self.new)
        self.new.psql(PUT_BACK.format(tracks=AFTERWARDS))
        self.finish(self.new)

    def apply_better_rules(self) -> None:
        """Give tracks the ids of today's identity, and decide their rows anew."""
        for command in (("migrate", "identity"), ("rematch", "--yes")):
            self.new(
                *("run", "--rm", "-T", "--no-deps", "enrichment-migrate", "enrichment"),
                *command,
            )
        self.finish(self.new)

    def complete_environment(self) -> None:
        """Append to the old .env what it lacks: from then on, a user for each role."""
        run("sh", "services/write-env.sh", "--add", str(self.new.folder))
        self.start(self.new)
        self.new.psql(PUT_BACK.format(tracks=AFTERWARDS))
        self.finish(self.new)

    def finish(self, stack: Compose) -> None:
        """Wait until no track waits."""
        until(
            "every track completed",
            lambda: stack.psql(UNFINISHED) == "0",
            FINISHED_SECONDS,
        )

    def messages(self, queue: str) -> int:
        """Return how many messages are in a queue, those in hand included."""
        listed = self.new(
            *("exec", "-T", "rabbitmq", "rabbitmqctl", "-q"),
            *("list_queues", "name", "messages"),
        )
        lines = (line.split() for line in listed.splitlines()[1:])
        return {name: int(messages) for name, messages in lines}.get(queue, 0)

    def calls(self) -> int:
        """Count the calls that the simulator had, without those for tokens."""
        return int(self.new("exec", "-T", "provider-simulator", "python", "-c", CALLS))
