"""Who looks at a page: what a session says of a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    A person at a browser.

    Args:
        name: of the token that the person logged in with: the *who* of decisions.
        may_write: the token's role is "write".
        csrf: what every form and every call of a script must carry; "" without a
            session: nothing can be sent then.
    """

    name: str
    may_write: bool
    csrf: str
