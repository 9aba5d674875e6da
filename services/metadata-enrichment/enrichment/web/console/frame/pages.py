"""Pages as text: templates that escape every value, and what they may use."""

import re
from datetime import UTC, datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from enrichment.contract.texts.plain_text import shown
from enrichment.web.console.frame.assets import ASSETS
from enrichment.web.console.frame.visitor import Visitor

# A name of ten thousand letters is one that nobody reads to its end.
LONGEST_SHOWN = 400
_SPACES = re.compile(r"\s+")
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def told(value: object, longest: int = LONGEST_SHOWN) -> Markup:
    """
    Return a text from outside as it may be in a page.

    Control signs and signs that turn the direction are shown, not obeyed; what is
    left of another direction is isolated, so that it moves nothing beside it.
    """
    text = shown(_SPACES.sub(" ", str(value)))
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return Markup("<bdi>{}</bdi>").format(escape(cut))


def marked(value: object, against: str, longest: int = LONGEST_SHOWN) -> Markup:
    """Return a text as `told` does, with the words marked that `against` lacks."""
    known = {_bare(word) for word in str(against).split()}
    text = shown(_SPACES.sub(" ", str(value)))
    words = (text if len(text) <= longest else text[: longest - 1] + "…").split(" ")
    parts = (
        Markup("<mark>{}</mark>").format(word)
        if _bare(word) and _bare(word) not in known
        else escape(word)
        for word in words
    )
    # one run of text: its own direction orders the words
    return Markup("<bdi>{}</bdi>").format(Markup(" ").join(parts))


def _bare(word: str) -> str:
    """Return a word as it is compared: without case and signs around it."""
    return _AROUND.sub("", word).casefold()


def minutes(duration_ms: int | None) -> str:
    """Return a length as a clock shows it."""
    if duration_ms is None:
        return ""
    seconds = round(duration_ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def moment(at: datetime | None) -> str:
    """Return a time to the minute, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("enrichment.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # templates change with the package alone
        auto_reload=False,
    )
    environment.filters |= {
        "told": told,
        "marked": marked,
        "minutes": minutes,
        "moment": moment,
    }
    environment.globals["assets"] = ASSETS
    return environment


_ENVIRONMENT = _environment()


def part(template: str, **values: Any) -> str:  # noqa: ANN401 (as below)
    """Return a part of a page."""
    return _ENVIRONMENT.get_template(template).render(values)


def page(
    template: str,
    visitor: Visitor | None,
    status: int = 200,
    *,
    here: str = "",
    notice: str = "",
    fault: str = "",
    **values: Any,  # noqa: ANN401 (whatever a template shows)
) -> HTMLResponse:
    """
    Return a page; every value is escaped, and one that is missing is a fault.

    Args:
        here: the page's own entry among the links at the top.
        notice, fault: what is told before anything else.
    """
    common = {"visitor": visitor, "here": here, "notice": notice, "fault": fault}
    text = _ENVIRONMENT.get_template(template).render(values | common)
    return HTMLResponse(text, status)
