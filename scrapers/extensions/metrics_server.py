"""Exposes this crawl's metrics while it runs."""

import asyncio
import logging
import threading
from typing import Self

from prometheus_client import make_wsgi_app
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from enrichment.contract import health
from enrichment.contract.metrics import REGISTRY

log = logging.getLogger(__name__)


class MetricsServer:
    """
    Serves /metrics on its own thread from the crawl's start to its end.

    Args:
        linger_seconds: how long an ended crawl waits for a last scrape.
    """

    def __init__(self, host: str, port: int, linger_seconds: float = 0) -> None:
        self._host = host
        self._port = port
        self._linger_seconds = linger_seconds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """
        Read the settings.

        Raises:
            NotConfigured: no port is set.
        """
        port = crawler.settings.getint("METRICS_PORT")
        if not port:
            raise NotConfigured("ENRICHMENT_CRAWL_METRICS_PORT is not set")
        server = cls(
            crawler.settings["METRICS_HOST"],
            port,
            crawler.settings.getfloat("METRICS_LINGER_SECONDS"),
        )
        crawler.signals.connect(server.open, signal=signals.spider_opened)
        crawler.signals.connect(server.close, signal=signals.spider_closed)
        return server

    def open(self) -> None:
        """Start; a port in use must not stop the crawl."""
        self._server = None
        try:
            self._server = health.listen(
                self._host, self._port, make_wsgi_app(REGISTRY)
            )
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(0.1,), daemon=True
            )
            self._thread.start()
        except OSError as error:
            log.error("No metrics: %s", error)  # noqa: TRY400 (one line)

    async def close(self) -> None:
        """Wait for the last scrape, then stop and free the port."""
        if self._server is not None:
            await asyncio.sleep(self._linger_seconds)
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout=5)
