"""Who comes in: login, logout, one-time links, and what a form must prove."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enrichment import logs
from enrichment.web.access.sessions import SESSION_SECONDS, Signer
from enrichment.web.access.tokens import Token, Tokens
from enrichment.web.console.frame.forms import HOME, Form, form_of, own_page
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

log = logs.get("console")

COOKIE = "enrichment_session"
LOGIN = "/console/login"
ANYBODY = Visitor("anybody", may_write=False, csrf="")

Handler = Callable[[Request], Awaitable[Response]]
Reading = Callable[[Request, Visitor], Awaitable[Response]]
Writing = Callable[[Request, Visitor, Form], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Door:
    """
    The way into the pages.

    Args:
        first_use: whether a one-time link, by its number, is used for the first time.
        is_open: reading needs no login.
    """

    tokens: Tokens
    signer: Signer
    first_use: Callable[[str], Awaitable[bool]]
    is_open: bool = False

    def reads(self, act: Reading) -> Handler:
        """Return a handler that shows a page to who may read."""

        async def handler(request: Request) -> Response:
            visitor = self._visitor(request)
            return await act(request, visitor) if visitor else _to_login(request)

        return handler

    def writes(self, act: Writing) -> Handler:
        """Return a handler that does what a form of ours says, for who may write."""

        async def handler(request: Request) -> Response:
            form = await form_of(request)
            visitor = self._visitor(request)
            if visitor is None or not visitor.csrf:
                return self._login_page(401, "Log in first, then send it again.")
            if not _is_ours(request) or not _proves(request, form, visitor):
                return _refused(visitor, "This form is not of your session: reload it.")
            if not visitor.may_write:
                return _refused(visitor, f"The token of {visitor.name} only reads.")
            answer = await act(request, visitor, form)
            log.info(
                "A person acted",
                event_name="enrichment.console.acted",
                who=visitor.name,
                path=request.url.path,
                status=answer.status_code,
            )
            return answer

        return handler

    async def show_login(self, request: Request) -> Response:
        """Show where to log in."""
        return self._login_page(200, "", request.query_params.get("next", HOME))

    async def log_in(self, request: Request) -> Response:
        """Begin a session for who knows a token."""
        form = await form_of(request)
        back = own_page(form.text("next"))
        if not _is_ours(request):
            return self._login_page(403, "This form was sent by another site.", back)
        token = self.tokens.holder(form.text("token"))
        if token is None:
            log.warning("A login failed", event_name="enrichment.console.refused")
            return self._login_page(401, "This is no token of this service.", back)
        return self._inside(request, token, back, "token")

    async def by_link(self, request: Request) -> Response:
        """Begin a session for who follows a one-time link."""
        found = self.signer.in_link(request.query_params.get("code", ""))
        if found is None or not await self.first_use(found[0].number):
            told = "This link was used or is too old. Log in with a token."
            return self._login_page(401, told)
        return self._inside(request, found[1], HOME, "link")

    async def log_out(self, request: Request) -> Response:
        """End the session of this browser."""
        form = await form_of(request)
        visitor = self._visitor(request)
        if visitor and visitor.csrf and not _proves(request, form, visitor):
            return _refused(visitor, "This form is not of your session: reload it.")
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")
        return answer

    def _inside(
        self, request: Request, token: Token, back: str, way: str
    ) -> RedirectResponse:
        log.info(
            "A person logged in",
            event_name="enrichment.console.logged_in",
            who=token.name,
            way=way,
        )
        answer = RedirectResponse(back, 303)
        answer.set_cookie(
            COOKIE,
            self.signer.session(token),
            max_age=SESSION_SECONDS,
            path="/console",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    def _visitor(self, request: Request) -> Visitor | None:
        found = self.signer.in_session(request.cookies.get(COOKIE, ""))
        if found is None:
            return ANYBODY if self.is_open else None
        session, token = found
        return Visitor(token.name, token.may_write, self.signer.csrf(session))

    def stays(self, request: Request) -> bool:
        """Return whether who began to read may still read."""
        return self._visitor(request) is not None

    def _login_page(self, status: int, fault: str, back: str = HOME) -> Response:
        return page(
            "login.html",
            None,
            status,
            fault=fault,
            back=own_page(back),
            has_tokens=bool(self.tokens),
        )


def _to_login(request: Request) -> Response:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = f"{LOGIN}?next={quote(wanted, safe='')}"
    if "HX-Request" in request.headers:
        # a script would put the page of the login into the place of a part
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _is_ours(request: Request) -> bool:
    """Return whether a page of ours sends it; a browser says so, a script may not."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def _proves(request: Request, form: Form, visitor: Visitor) -> bool:
    told = request.headers.get("x-csrf") or form.text("csrf")
    return hmac.compare_digest(told.encode(), visitor.csrf.encode())


def _refused(visitor: Visitor, fault: str) -> Response:
    return page("told.html", visitor, 403, fault=fault)
