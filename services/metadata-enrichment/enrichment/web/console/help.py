"""The page that tells the keys."""

from starlette.requests import Request
from starlette.responses import Response

from enrichment.web.console.frame.pages import page
from enrichment.web.console.frame.visitor import Visitor

PATH = "/console/help"
# As console.js reads them.
KEYS = (
    ("j, k", "go to the next or the previous row"),
    ("Enter", "open the row"),
    ("x", "select the row, or take it out of the selection"),
    ("1 to 9", "take the candidate of this number"),
    ("n", "none of these"),
    ("s", "skip: go to the next question"),
    ("u", "undo the decision that was just made"),
    ("p", "paste a link or an id"),
    ("/", "search"),
    ("?", "this page"),
)


async def show_help(_: Request, visitor: Visitor) -> Response:
    """List the keys."""
    return page("help.html", visitor, here=PATH, keys=KEYS)
