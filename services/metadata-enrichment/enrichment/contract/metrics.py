"""Every metric of the system, grouped by stage; names users know stay as they are."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# One registry of our own: what we export is what stands here.
REGISTRY = CollectorRegistry(auto_describe=True)

_CALL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STAGE_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60)

# scrape
TRACKLISTS = Counter(
    "enrichment_tracklists_crawled",
    "Pages and files by what they came to: parsed, no_tracklist, not_understood,"
    " blocked, unavailable",
    ["source", "outcome"],
    registry=REGISTRY,
)
ROWS = Counter(
    "enrichment_rows_scraped",
    "Tracklist rows by what became of them: stored, unidentified, dropped",
    ["source", "outcome"],
    registry=REGISTRY,
)

CRAWLS = Counter(
    "enrichment_crawls_run",
    "Crawls of a schedule by how they ended: achieved, nothing (no tracklist came of"
    " it), refused (wrong arguments or settings), stopped, killed, failed",
    ["schedule", "outcome"],
    registry=REGISTRY,
)
CRAWLS_SKIPPED = Counter(
    "enrichment_crawls_skipped",
    "Turns of a schedule left out: its last crawl was still running",
    ["schedule"],
    registry=REGISTRY,
)
CRAWLS_RUNNING = Gauge(
    "enrichment_crawls_active", "Crawls running now", ["schedule"], registry=REGISTRY
)
CRAWL_SECONDS = Gauge(
    "enrichment_crawl_last_duration_seconds",
    "How long a schedule's last crawl took",
    ["schedule"],
    registry=REGISTRY,
)
CRAWL_LAST_SUCCESS = Gauge(
    "enrichment_crawl_last_success_timestamp_seconds",
    "Unix time of the end of a schedule's last crawl that found tracklists; 0: none"
    " since the orchestrator's start",
    ["schedule"],
    registry=REGISTRY,
)
CRAWL_NEXT = Gauge(
    "enrichment_crawl_next_timestamp_seconds",
    "Unix time of a schedule's next turn",
    ["schedule"],
    registry=REGISTRY,
)
CRAWL_TRACKS = Counter(
    "enrichment_crawl_tracks",
    "Tracks of ended crawls, by their end reports: new, known",
    ["schedule", "novelty"],
    registry=REGISTRY,
)

# publish
PUBLISHES = Counter(
    "enrichment_messages_published",
    "Messages by outcome: confirmed, refused (queue full), unroutable, failed",
    ["queue", "outcome"],
    registry=REGISTRY,
)
UNPUBLISHED = Gauge(
    "enrichment_tracks_unpublished",
    "Committed tracks that no message has been confirmed for yet",
    registry=REGISTRY,
)

# consume
MESSAGES = Counter(
    "enrichment_messages_consumed",
    "Deliveries by outcome: acked, returned, dead_lettered",
    ["queue", "outcome"],
    registry=REGISTRY,
)
BATCH_SIZE = Histogram(
    "enrichment_batch_size",
    "Messages in one batch",
    buckets=(1, 5, 10, 25, 50, 100, 200, 400, 800),
    registry=REGISTRY,
)
IN_PROGRESS = Gauge(
    "enrichment_tracks_in_progress", "Tracks in hand", registry=REGISTRY
)
DEAD_LETTERS = Counter(
    "enrichment_messages_dead_lettered",
    "Dead letters by class of fault",
    ["reason"],
    registry=REGISTRY,
)
CONSUMING = Gauge(
    "enrichment_consumers_active",
    "1 while this worker's consumer is registered at the broker",
    ["queue"],
    registry=REGISTRY,
)

# look up: cache
CACHE_HITS = Counter(
    "enrichment_cache_hits",
    "Questions answered by the cache, remembered absences included",
    ["provider"],
    registry=REGISTRY,
)
CACHE_MISSES = Counter(
    "enrichment_cache_misses",
    "Questions the cache could not answer",
    ["provider"],
    registry=REGISTRY,
)
CACHE_ERRORS = Counter(
    "enrichment_cache_errors",
    "Operations that Redis did not answer, or answered with an error",
    ["operation"],
    registry=REGISTRY,
)
REDIS_AWAY = Gauge(
    "enrichment_redis_away",
    "1 while Redis does not answer: no provider is asked, and consumption pauses",
    registry=REGISTRY,
)
COALESCED = Counter(
    "enrichment_calls_coalesced",
    "Questions that waited for another's call instead of calling",
    ["provider"],
    registry=REGISTRY,
)

# look up: budget
RATE_LIMIT_REMAINING = Gauge(
    "enrichment_rate_limit_remaining",
    "Calls left in the provider's quota, else in its first window: one for the cluster",
    ["provider"],
    registry=REGISTRY,
)
BENCHED_UNTIL = Gauge(
    "enrichment_bench_until_seconds",
    "Unix time until which nobody asks the provider; 0 when it may be asked",
    ["provider"],
    registry=REGISTRY,
)
BUDGET_WAITS = Histogram(
    "enrichment_budget_wait_seconds",
    "How long a call waited for its turn, by what paced it",
    ["provider", "paced_by"],
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 15, 60, 300),
    registry=REGISTRY,
)

PROVIDER_REACHABLE = Gauge(
    "enrichment_provider_reachable",
    "1 while the provider answers this worker; 0 after five calls without a sign of it",
    ["provider"],
    registry=REGISTRY,
)
TURNS_MISSED = Counter(
    "enrichment_turns_missed",
    "Turns given back because they had passed when the call could have been sent",
    ["provider"],
    registry=REGISTRY,
)

# look up: provider
API_CALLS = Counter(
    "enrichment_api_calls",
    "Provider calls by status: success, rate_limited, error",
    ["provider", "status"],
    registry=REGISTRY,
)
API_ERRORS = Counter(
    "enrichment_api_errors",
    "Provider calls that gave no answer",
    ["provider", "error_type", "http_status"],
    registry=REGISTRY,
)
API_SECONDS = Histogram(
    "enrichment_api_duration_seconds",
    "Time of one provider call",
    ["provider"],
    buckets=_CALL_SECONDS,
    registry=REGISTRY,
)
# A gauge that only grows: prometheus_client would rename a counter to `…_total`, and
# users query it without.
API_COST_USD = Gauge(
    "enrichment_api_cost_estimate_usd",
    "Estimated money spent on provider calls since start; grows like a counter",
    ["provider"],
    registry=REGISTRY,
)
QUESTIONS_PER_CALL = Histogram(
    "enrichment_questions_per_call",
    "Questions answered by one provider call",
    ["provider"],
    buckets=(1, 2, 5, 10, 20, 50, 100),
    registry=REGISTRY,
)

# match
MATCHES = Counter(
    "enrichment_matches_decided",
    "Decisions by verdict: accept, ambiguous, none",
    ["provider", "verdict"],
    registry=REGISTRY,
)

# merge and write
FIELDS = Counter(
    "enrichment_metadata_fields_populated",
    "Fields written, by name and the provider that won them",
    ["field", "provider"],
    registry=REGISTRY,
)
TASKS = Counter(
    "enrichment_tasks",
    "Tracks by what they came to: completed, partial, no_match, ambiguous, failed;"
    " source: as the message says, other beyond the first 50",
    ["source", "status"],
    registry=REGISTRY,
)
STAGE_SECONDS = Histogram(
    "enrichment_duration_seconds",
    "Time of one batch in a stage: look_up, match, merge, write",
    ["stage"],
    buckets=_STAGE_SECONDS,
    registry=REGISTRY,
)
LAST_SUCCESS = Gauge(
    "enrichment_last_success_timestamp_seconds",
    "Unix time of the last track written as completed",
    registry=REGISTRY,
)
FRESHNESS = Histogram(
    "enrichment_freshness_seconds",
    "From the first publish of a track to the commit that completed it, by lane;"
    " waited: yes when a part of it had to wait for a provider's quota or recovery",
    ["lane", "waited"],
    buckets=(1, 10, 60, 300, 900, 3600, 14400, 86400, 604800),
    registry=REGISTRY,
)
OLDEST_MESSAGE = Gauge(
    "enrichment_oldest_message_age_seconds",
    "Age of the longest published track that no worker has finished; 0 when none is",
    ["lane"],
    registry=REGISTRY,
)
WAITING_PARTS = Gauge(
    "enrichment_waiting_parts",
    "Parts of tracks that wait for a provider, by reason",
    ["provider", "reason"],
    registry=REGISTRY,
)
WAITING_OVERDUE = Gauge(
    "enrichment_waiting_parts_overdue",
    "Parts that were due 10 minutes ago and have not been published",
    ["provider"],
    registry=REGISTRY,
)

# scheduler
SWEEPS = Counter(
    "enrichment_sweeps_run",
    "Scheduler rounds by kind and outcome",
    ["kind", "outcome"],
    registry=REGISTRY,
)
LOOPS_ENDED = Counter(
    "enrichment_loops_ended",
    "Loops beside the work that ended unasked; the process ends then",
    ["loop"],
    registry=REGISTRY,
)
SWEPT = Counter(
    "enrichment_tracks_swept",
    "Tracks published by the scheduler, by kind: unpublished, due, stranded",
    ["kind"],
    registry=REGISTRY,
)


def begin_worker(queue: str, queues: Iterable[str]) -> None:
    """
    Let a worker's counters begin at zero.

    A counter that first appears with its first event hides that event from `increase`.

    Args:
        queue: the one it consumes.
        queues: those it may publish to.
    """
    begin_scheduler(queues)
    for outcome in ("acked", "returned", "dead_lettered"):
        MESSAGES.labels(queue, outcome)
    for reason in (
        "not_json",
        "schema",
        "too_large",
        "newer_version",
        "unidentified",
        "unreadable properties",
    ):
        DEAD_LETTERS.labels(reason)
    for stage in ("look_up", "match", "merge", "write"):
        STAGE_SECONDS.labels(stage)
    for lane in ("main", "backlog", "reenrichment"):
        for waited in ("yes", "no"):
            FRESHNESS.labels(lane, waited)


def begin_scheduler(queues: Iterable[str]) -> None:
    """
    Let a scheduler's counters begin at zero.

    Args:
        queues: those it may publish to.
    """
    begin_publisher(queues)
    for kind in ("unpublished", "due", "stranded", "stale", "expired"):
        SWEPT.labels(kind)
        for outcome in ("done", "server_away", "failed"):
            SWEEPS.labels(kind, outcome)
    for lane in ("main", "backlog", "reenrichment"):
        OLDEST_MESSAGE.labels(lane)


def begin_publisher(queues: Iterable[str]) -> None:
    """
    Let the counters of who publishes begin at zero.

    Args:
        queues: those it may publish to.
    """
    for name in queues:
        for outcome in ("confirmed", "refused", "unroutable", "failed"):
            PUBLISHES.labels(name, outcome)
