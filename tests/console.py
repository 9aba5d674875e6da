"""The console in process, as a browser without scripts uses it."""

import asyncio
import re

import httpx

from enrichment.web.access.sessions import Signer
from enrichment.web.access.tokens import Role, Token, Tokens, operator
from enrichment.web.api.application import application
from enrichment.web.api.routes import Api
from enrichment.web.console.app import console
from enrichment.web.console.frame.door import Door

TOKEN = "the token of these tests"
READER = "the token of who only reads"
SECRET = "what all replicas know"


def digest_of(token):
    return operator(token).digest


TOKENS = Tokens(
    [
        operator(TOKEN),
        Token("ada", Role.WRITE, digest_of("ada's token")),
        Token("bob", Role.READ, digest_of(READER)),
    ]
)


class Used:
    """Links that were used, as Redis keeps them."""

    def __init__(self):
        self.numbers = set()

    async def take(self, number):
        first = number not in self.numbers
        self.numbers.add(number)
        return first


async def no_queues():
    """A broker without our queues."""
    return {}


def served(
    *,
    pool=None,
    tokens=TOKENS,
    secret=SECRET,
    used=None,
    is_open=False,
    clock=None,
    box=None,
    depths=no_queues,
    stopping=None,
    commercial=False,
):
    """A replica of the service; it asks Postgres alone, where it is given one."""
    signer = Signer(secret, tokens, **({"clock": clock} if clock else {}))
    door = Door(tokens, signer, (used or Used()).take, is_open=is_open)
    api = Api(pool, None, depths=None, letters=None, checks={}, tokens=tokens)
    ending = stopping or asyncio.Event()
    pages = console(door, pool, box, depths, ending, commercial=commercial)
    return application(api, console=pages)


def browser(app, **options):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    address = options.pop("address", "http://localhost")
    return httpx.AsyncClient(transport=transport, base_url=address, **options)


async def log_in(client, token=TOKEN):
    answer = await client.post("/console/login", data={"token": token})
    assert answer.status_code == 303
    return answer


def csrf_in(page):
    return re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
