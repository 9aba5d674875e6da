"""
Scrapy's settings, from the environment; `ITEM_PIPELINES` is the first half of the path.

Scrapy imports this module when a crawl starts; nothing else may import it. What is
wrong with the environment is in ENVIRONMENT_FAULTS: `scrapers.crawl` refuses then.
"""

from scrapers.environment import Environment

_env = Environment.of_process()

BOT_NAME = "songnodes-enrichment"
SPIDER_MODULES = ["scrapers.spiders"]

ITEM_PIPELINES = {
    "scrapers.pipelines.validation.Validation": 100,
    "scrapers.pipelines.api_enrichment_pipeline.ApiEnrichmentPipeline": 200,
    "scrapers.pipelines.persistence.Persistence": 300,
    "scrapers.pipelines.enrichment_queue_publisher.EnrichmentQueuePublisher": 400,
}
EXTENSIONS = {
    "scrapers.politeness.crawl_delay.CrawlDelay": 100,
    "scrapers.extensions.metrics_server.MetricsServer": 200,
    "scrapers.extensions.progress.Progress": 300,
}

# Our own servers.
ENABLE_ENRICHMENT_QUEUE = _env.flag("ENABLE_ENRICHMENT_QUEUE", default=True)
DATABASE_DSN = _env.postgres_dsn()
REDIS_DSN = _env.redis_dsn()
RABBITMQ_DSN = _env.rabbitmq_dsn() if ENABLE_ENRICHMENT_QUEUE else ""

# How long a server that is away holds up the crawl, and the end of it.
DATABASE_PATIENCE_SECONDS = _env.number("ENRICHMENT_DATABASE_PATIENCE_SECONDS", 60)
PUBLISH_PATIENCE_SECONDS = _env.number("ENRICHMENT_PUBLISH_PATIENCE_SECONDS", 5)
PUBLISH_DRAIN_SECONDS = _env.number("ENRICHMENT_PUBLISH_DRAIN_SECONDS", 30)
PUBLISH_BUFFER_MESSAGES = int(
    _env.number("ENRICHMENT_PUBLISH_BUFFER_MESSAGES", 100_000, least=1)
)
# A crawl's rows beyond this many go to the backlog, behind fresh work.
BACKLOG_THRESHOLD_ROWS = int(_env.number("ENRICHMENT_BACKLOG_THRESHOLD_ROWS", 5_000))
CACHE_TTL_SECONDS = {
    "spotify": 86_400 * _env.number("CACHE_TTL_SPOTIFY_DAYS", 7, least=1, most=90),
    "musicbrainz": 86_400
    * _env.number("CACHE_TTL_MUSICBRAINZ_DAYS", 30, least=7, most=365),
    "lastfm": 86_400 * _env.number("CACHE_TTL_LASTFM_DAYS", 7, least=1, most=30),
}
METRICS_PORT = int(_env.number("ENRICHMENT_CRAWL_METRICS_PORT", 0, most=65535))
# How long an ended crawl is still there for a last scrape.
METRICS_LINGER_SECONDS = _env.number(
    "ENRICHMENT_CRAWL_METRICS_LINGER_SECONDS", 0, most=120
)
METRICS_HOST = _env.text("ENRICHMENT_CRAWL_METRICS_HOST", "127.0.0.1")

# Who we are. The web spiders do not start without somebody to write to.
CRAWL_CONTACT = _env.text("CRAWL_USER_AGENT") or _env.text("SCRAPER_CONTACT")
USER_AGENT = _env.text("CRAWL_USER_AGENT") or (
    f"{BOT_NAME}/0.1 (+{CRAWL_CONTACT})" if CRAWL_CONTACT else BOT_NAME
)
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = USER_AGENT.split("/", maxsplit=1)[0].strip()

# Where the sites are; tests serve pages of their own.
MIXESDB_BASE_URL = _env.url("MIXESDB_BASE_URL") or "https://www.mixesdb.com"
TRACKLISTS1001_BASE_URL = (
    _env.url("TRACKLISTS1001_BASE_URL") or "https://www.1001tracklists.com"
)

# Seconds between two requests to a host, as its robots.txt publishes it; CrawlDelay
# keeps the larger one of this and what the file says on the day, for the whole cluster.
CRAWL_DELAYS = {"www.mixesdb.com": 4.0, "www.1001tracklists.com": 8.0}
DOWNLOAD_DELAY = _env.number("CRAWL_DELAY_SECONDS", 5.0)
LONGEST_CRAWL_DELAY_SECONDS = _env.number("CRAWL_LONGEST_DELAY_SECONDS", 60.0)
# After a refusal that does not say for how long.
BLOCK_SECONDS = _env.number("CRAWL_BLOCK_SECONDS", 3600.0)
# Jitter only upwards: the slot's delay less its jitter is the published one.
DOWNLOAD_DELAY_JITTER = 0
DOWNLOAD_SLOTS = {
    **{
        host: {"concurrency": 1, "delay": 1.25 * delay, "jitter": 0.2}
        for host, delay in CRAWL_DELAYS.items()
    },
    # files have no host
    "": {"concurrency": 8, "delay": 0},
}
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 1
AUTOTHROTTLE_ENABLED = False

DOWNLOAD_HANDLERS = {
    "http": "scrapers.politeness.crawl_delay.PoliteDownloadHandler",
    "https": "scrapers.politeness.crawl_delay.PoliteDownloadHandler",
    "file": "scrapers.extensions.local_files.LocalFileHandler",
    "ftp": None,
    "s3": None,
    "data": None,
}
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024
DOWNLOAD_VERIFY_CERTIFICATES = True
# 403 and 429 end the crawl; 503 is often a limit in disguise.
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]
RETRY_TIMES = 2
REDIRECT_MAX_TIMES = 3
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
METAREFRESH_ENABLED = False

# Nobody runs Python in a crawl from outside.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# A page or file is kept, packed, so that it can be read again by a better parser; one
# that takes more is not. Nothing is kept by 0.
KEPT_TEXT_BYTES = int(_env.number("ENRICHMENT_KEPT_TEXT_BYTES", 1024 * 1024))

LOG_LEVEL = _env.text("LOG_LEVEL", "INFO").upper()

ENVIRONMENT_FAULTS = tuple(_env.faults)
