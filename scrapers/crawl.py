"""Runs one spider in this process and ends with a report; a reactor cannot restart."""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from enrichment.contract.exit_codes import ExitCode
from enrichment.contract.texts import log_lines, own_secrets
from enrichment.contract.texts.plain_text import shown
from scrapers.politeness.crawl_delay import CrawlDelay
from scrapers.report import CrawlReport, crawl_report
from scrapers.spiders.tracklist_spider import TracklistSpider

NOTHING_DONE, WRONG_CALL = ExitCode.ANSWER_IS_NO, ExitCode.WRONG_CALL
CANNOT_CREATE, NO_PERMISSION = ExitCode.CANNOT_CREATE, ExitCode.NO_PERMISSION
MISCONFIGURED = ExitCode.MISCONFIGURED
_REFUSED_BY_BROKER = {"not_permitted": NO_PERMISSION, "login_refused": MISCONFIGURED}


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Return the exit code.

    1 where no tracklist came of it, 2 for a wrong call, 73 where the report cannot be
    written, 77 and 78 where RabbitMQ took nothing: our user lacks a permission, or is
    not let in. Rows are stored then.
    """
    asked = _parser().parse_args(arguments)
    settings = Settings()
    settings.setmodule("scrapers.settings", priority="project")
    if faults := _faults(asked, settings):
        return _refuse(*faults)
    spider_arguments = dict(pair.split("=", 1) for pair in asked.arguments)
    if asked.report and (fault := _cannot_write(asked.report)):
        _tell(fault)
        return CANNOT_CREATE
    try:
        report = run(asked.spider, spider_arguments, settings)
    except (ValueError, TypeError) as error:
        return _refuse(str(error))
    text = json.dumps(report.as_dict(), ensure_ascii=False, indent=2)
    if asked.report:
        asked.report.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return _code(report)


def _faults(asked: argparse.Namespace, settings: Settings) -> Sequence[str]:
    """Return what is wrong with a call or its environment."""
    known = get_spider_loader(settings).list()
    if any("=" not in pair for pair in asked.arguments):
        return ["-a takes NAME=VALUE"]
    if asked.spider not in known:
        return [f"no spider {asked.spider}; there are {', '.join(known)}"]
    if faults := settings["ENVIRONMENT_FAULTS"]:
        return list(faults)
    if asked.spider != "tracklist_files" and not settings["CRAWL_CONTACT"]:
        return [
            (
                "SCRAPER_CONTACT (an address or a page) or CRAWL_USER_AGENT must be"
                " set: whoever runs a site must be able to write to you"
            )
        ]
    return []


def _cannot_write(path: Path) -> str | None:
    """Return why a file cannot be written; a long crawl is not begun then."""
    try:
        with path.open("ab"):
            return None
    except OSError as error:
        return f"--report {path}: cannot be written: {error.strerror}"


def _code(report: CrawlReport) -> int:
    for note, code in _REFUSED_BY_BROKER.items():
        if sentence := report.notes.get(note):
            _tell(str(sentence))
            return code
    return 0 if report.achieved else NOTHING_DONE


def run(
    spider: str, spider_arguments: dict[str, str], settings: Settings
) -> CrawlReport:
    """Crawl and report; once per process."""
    log_lines.install()
    process = _Process(settings)
    crawler = process.create_crawler(spider)
    crawler.signals.connect(process.is_through, signal=signals.spider_idle)
    crawling = process.crawl(crawler, **spider_arguments)
    process.start()
    if crawling.done() and not crawling.cancelled() and (error := crawling.exception()):
        raise error
    return crawl_report(spider, crawler.stats.get_stats())


class _Process(AsyncCrawlerProcess):
    """Scrapy's own, with an end that waits for no turn, and lets a crawl's own be."""

    _through = False
    _told = False

    def is_through(self) -> None:
        """Note that the crawl closes by itself now."""
        self._through = True

    async def stop(self) -> None:
        """End the crawl; told twice, at once."""
        told, self._told = self._told, True
        for crawler in self.crawlers:
            if told and isinstance(crawler.spider, TracklistSpider):
                # Scrapy waits for what is parsed, and so would the interpreter's end
                crawler.spider.parser.close()
            # a crawl that has not begun has no extensions
            with suppress(RuntimeError):
                if delay := crawler.get_extension(CrawlDelay):
                    # Scrapy waits until no request is in progress
                    delay.let_none_out("shutdown")
        closing = self._through or any(
            isinstance(crawler.spider, TracklistSpider) and crawler.spider.is_stopping
            for crawler in self.crawlers
        )
        if closing and not told:
            # Scrapy would end the process while pipelines still write and publish
            await self.join()
        else:
            await super().stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scrapers.crawl", description=__doc__
    )
    parser.add_argument("spider", help="tracklist_files, mixesdb or tracklists1001")
    parser.add_argument(
        "-a",
        dest="arguments",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the spider: path=FOLDER, query=WORDS, lane=backlog, …",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the report there, too"
    )
    return parser


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        _tell(sentence)
    return WRONG_CALL


def _tell(sentence: str) -> None:
    told = own_secrets.hidden(shown(sentence))
    sys.stderr.write(f"crawl: {told}\n")


if __name__ == "__main__":
    sys.exit(main())
