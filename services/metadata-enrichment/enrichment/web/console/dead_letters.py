"""Dead letters: looked at, replayed at a pace, purged; each after a dry run."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from enrichment import logs
from enrichment.app.showing import shown_json
from enrichment.errors import InputInvalid
from enrichment.queueing.dead_letters.box import Replayed, Seen
from enrichment.queueing.dead_letters.letters import Filter, Letter
from enrichment.queueing.dead_letters.plain import plain_letter
from enrichment.web.console.frame.forms import Form
from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

log = logs.get("console")

PATH = "/console/dead-letters"
LISTED = 100
# A page waits for what it does: so many seconds of replaying, so many letters at once.
_SECONDS = 20
MOST_AT_ONCE = 500
PER_SECOND = 50
_FASTEST = 1000
_LONGEST = 500
ACTS = {"replay": "Replay", "purge": "Purge"}


@dataclass(frozen=True, slots=True)
class Box:
    """
    What can be done with the dead letters.

    Args:
        look: looks for who waits for it.
        replay: publishes letters again, no more than so many each second.
        purge: removes letters for good; each is told before.
    """

    look: Callable[[Request, Filter], Awaitable[Seen]]
    replay: Callable[[Filter, float], Awaitable[Replayed]]
    purge: Callable[[Filter, Callable[[Letter], None]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class DeadLettersPage:
    """The list of dead letters and its forms."""

    box: Box

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """List dead letters, oldest first."""
        given = request.query_params
        chosen = _chosen({name: given.get(name, "") for name in _CRITERIA})
        seen = await self.box.look(request, _filter(chosen, LISTED))
        return page(
            "dead_letters/list.html",
            visitor,
            here=PATH,
            chosen=chosen,
            seen=seen,
            letters=[_shown(one, visitor) for one in seen.letters],
            reasons=Counter(one.reason for one in seen.letters),
            per_second=PER_SECOND,
        )

    async def ask(self, request: Request, visitor: Visitor, form: Form) -> Response:
        """Show what would be replayed or purged; nothing is done."""
        act, chosen, pace = _act(form), _chosen_in(form), _pace(form)
        seen = await self.box.look(request, _filter(chosen, _at_once(act, pace)))
        return page(
            "dead_letters/ask.html",
            visitor,
            here=PATH,
            act=act,
            told=ACTS[act],
            chosen=chosen,
            letters=seen.letters,
            reasons=Counter(one.reason for one in seen.letters),
            per_second=pace,
        )

    async def do(self, _: Request, visitor: Visitor, form: Form) -> Response:
        """Replay or purge what was confirmed, and no more."""
        act, chosen, pace = _act(form), _chosen_in(form), _pace(form)
        confirmed = form.number("count") or 0
        if not confirmed:
            raise InputInvalid("no letter was confirmed")
        wanted = _filter(chosen, min(confirmed, _at_once(act, pace)))
        done, left = await self._done(act, wanted, pace, visitor)
        return page(
            "dead_letters/done.html",
            visitor,
            here=PATH,
            act=act,
            chosen=chosen,
            done=done,
            left=left,
        )

    async def _done(
        self, act: str, wanted: Filter, pace: int, visitor: Visitor
    ) -> tuple[int, int]:
        if act == "replay":
            replayed = await self.box.replay(wanted, pace)
            return replayed.published, replayed.left

        def told(letter: Letter) -> None:
            # the log keeps what the box does not
            log.info(
                "A dead letter is purged",
                event_name="enrichment.console.purged",
                who=visitor.name,
                letter=shown_json(plain_letter(letter)),
            )

        return await self.box.purge(wanted, told), 0


_CRITERIA = ("reason", "queue", "text")


def _chosen(given: dict[str, str]) -> dict[str, str]:
    chosen = {name: text.strip() for name, text in given.items()}
    if any(len(text) > _LONGEST for text in chosen.values()):
        raise InputInvalid(f"a filter has at most {_LONGEST} letters")
    return chosen


def _chosen_in(form: Form) -> dict[str, str]:
    return _chosen({name: form.text(name) for name in _CRITERIA})


def _filter(chosen: dict[str, str], limit: int) -> Filter:
    reason, queue, text = (chosen[name] or None for name in _CRITERIA)
    return Filter(reason, queue, text, limit=limit)


def _act(form: Form) -> str:
    act = form.text("act")
    if act not in ACTS:
        raise InputInvalid(f"expected one of: {', '.join(ACTS)}")
    return act


def _pace(form: Form) -> int:
    pace = form.number("per_second")
    pace = PER_SECOND if pace is None else pace
    if not 1 <= pace <= _FASTEST:
        raise InputInvalid(f"letters each second: 1 to {_FASTEST}")
    return pace


def _at_once(act: str, pace: int) -> int:
    return min(MOST_AT_ONCE, pace * _SECONDS) if act == "replay" else MOST_AT_ONCE


def _shown(letter: Letter, visitor: Visitor) -> dict[str, Any]:
    """Return a letter as the page shows it; its body for who has logged in."""
    told = plain_letter(
        letter, body_left_out="" if visitor.csrf else "left out: log in to see it"
    )
    return told | {"body_text": shown_json(told["body"]) if told["body"] else ""}
