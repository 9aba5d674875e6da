"""Parsing beside the crawl, in a child that is ended when a parse lasts."""

import asyncio
import os
import pickle
import subprocess
import sys
from threading import Lock, Timer
from typing import IO

from enrichment.contract.texts import own_secrets
from scrapers.parsing.child import PARSE_SECONDS, Outcome, receive, send
from scrapers.tracklists.tracklist import Tracklist, TracklistError


class ParseFailed(Exception):  # noqa: N818 (named as its log line says it)
    """No outcome: the parse lasted too long, took too much, or broke."""


class Parser:
    """
    A child process that parses one content after the other; a new one after a failure.

    Args:
        seconds: for one content.
    """

    def __init__(self, seconds: float = PARSE_SECONDS) -> None:
        self.seconds = seconds
        self._one_by_one = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    async def parse(self, content: bytes) -> tuple[Tracklist, ...]:
        """
        Return the tracklists of one page or file.

        Raises:
            TracklistError: there is none in it, and why.
            ParseFailed: that cannot be said.
        """
        outcome = await asyncio.to_thread(self._ask, content)
        if isinstance(outcome, TracklistError):
            raise outcome
        if isinstance(outcome, str):
            raise ParseFailed(outcome)
        return outcome

    def close(self) -> None:
        """End the child, also in the middle of a parse."""
        self._closed = True
        if (child := self._child) is not None:
            child.kill()
            with self._one_by_one:
                if self._child is not None:
                    self._ended(child)

    def _ask(self, content: bytes) -> Outcome:
        with self._one_by_one:
            child = self._running()
            too_long = Timer(self.seconds, child.kill)
            too_long.daemon = True
            too_long.start()
            try:
                send(_pipe(child.stdin), content)
                answer = receive(_pipe(child.stdout))
            except (OSError, EOFError):
                return self._ended(child)
            finally:
                too_long.cancel()
        outcome: Outcome = pickle.loads(answer)  # noqa: S301 (our own child's, of our user)
        return outcome

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise ParseFailed("the crawl has ended")
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "scrapers.parsing.child"],
                env=own_secrets.without(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Ctrl-C reaches the crawl alone
                start_new_session=True,
            )
        return self._child

    def _ended(self, child: subprocess.Popen[bytes]) -> str:
        """Return why there is no answer, and let the next content have a new child."""
        self._child = None
        child.kill()
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                _close(pipe)
        if self._closed:
            return "the crawl has ended"
        return f"no answer within {self.seconds:g} s, or its process broke ({code})"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 (started with pipes)
    return pipe


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        # what was not sent is not sent any more
        return
