"""What every HTTP call must pass: a host of ours, a free place, a bounded body."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
# A tracklist of a mebibyte in base64 or as a part of a form; few of them at once.
MAX_UPLOAD_BYTES = 2 * 1024 * 1024
MAX_UPLOADS = 4
UPLOADS = frozenset({"/tracklists", "/console/tracklists"})
# Calls at work at once; one more is told to come again. Probes are not counted.
MAX_CALLS = 200
# Prometheus and probes ask by address, and a page of these has nothing to read.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
# No browser takes an answer for a page, and no cache between keeps it.
ANSWER_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class BoundedCalls:
    """
    Wraps an application.

    Args:
        hosts: names in the header Host that are answered, in lower case and without
            port; "*" is every name. A page of another site, whose name leads to our
            address, is refused with 421.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(map(_plain, hosts))
        self._calls = 0
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, or say why not."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ANSWER_HEADERS)
            await send(message)

        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, with_headers)
        elif (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, with_headers)
        else:
            is_upload = _is_upload(scope)
            most = MAX_UPLOAD_BYTES if is_upload else MAX_BODY_BYTES
            self._calls += 1
            self._uploads += is_upload
            try:
                await self._app(scope, _counted(receive, most), with_headers)
            finally:
                self._calls -= 1
                self._uploads -= is_upload

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        host = _plain(Headers(scope=scope).get("host", ""))
        if "*" not in self._hosts and host not in self._hosts:
            return JSONResponse(
                {"detail": "this host name is not in ENRICHMENT_ALLOWED_HOSTS"}, 421
            )
        if self._calls >= MAX_CALLS:
            return _full(f"{MAX_CALLS} calls")
        if self._uploads >= MAX_UPLOADS and _is_upload(scope):
            return _full(f"{MAX_UPLOADS} uploads")
        return None


def _full(what: str) -> JSONResponse:
    detail = f"{what} are at work, try again"
    return JSONResponse({"detail": detail}, 503, {"Retry-After": "1"})


def _is_upload(scope: Scope) -> bool:
    return scope["method"] == "POST" and scope["path"] in UPLOADS


def _counted(receive: Receive, most: int) -> Receive:
    """Count a body while the application reads it, however it is sent."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, f"body larger than {most} bytes")
        return message

    return counted


def _plain(host: str) -> str:
    """Return a host without port, brackets and the dot at its end, in lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return host.removesuffix(".")
