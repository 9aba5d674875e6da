"""What makes two spellings one name, and two names one recording, in our worlds."""

import re
import unicodedata
from functools import lru_cache

# What joins two artists in a printed credit.
CREDIT_JOIN = re.compile(
    r"(\s*,\s+|\s+&\s+|\s+(?:and|vs\.?|x|with|pres\.?)\s+)", re.IGNORECASE
)
# A title with one of these is the title without it.
PLAIN_VERSIONS = ("originalmix", "original", "originalversion")


def recording_key(credit: str, title: str, version: str | None) -> str:
    """Return the key of a credit, base title and version, in any order of artists."""
    names = sorted(fold(name) for name in CREDIT_JOIN.split(credit)[::2])
    mix = fold(version or "")
    return "|".join(
        ("+".join(names), fold(title), "" if mix in PLAIN_VERSIONS else mix)
    )


@lru_cache(1 << 17)
def fold(text: str) -> str:
    """Strip accents, case and everything that is neither letter nor digit."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and "))
    return "".join(c for c in decomposed.casefold() if c.isalnum())
