"""Reads files for a crawl: regular ones, to a bound, or says why not."""

import asyncio
from pathlib import Path

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response

from scrapers import files

# The place of a request's file: an address cannot say a name that is no text.
PATH = "local_path"


class LocalFileHandler(BaseDownloadHandler):
    """Takes the place of Scrapy's own, which waits for a pipe and reads any device."""

    async def download_request(self, request: Request) -> Response:
        """
        Return the file as it is at this moment.

        Raises:
            CannotRead: it is gone, too large, or no file at all.
        """
        path = Path(request.meta[PATH])
        body = await asyncio.to_thread(files.contents, path)
        return Response(request.url, body=body)
