"""What the parts of a printed name are: guests, remixers, a version or a subtitle."""

import re

from provider_simulator.world.catalogue import Given
from provider_simulator.world.keys import CREDIT_JOIN
from provider_simulator.world.printed import Printed

_GUESTS = re.compile(r"\s+\(?(?:feat|ft|featuring)\b\.?\s+", re.IGNORECASE)
_ONLY_GUESTS = re.compile(r"(?:feat|ft|featuring)\b\.?\s+", re.IGNORECASE)
_VERSION = re.compile(
    r"\b(?:re-?mix|mixx?|remixx|rmx|re-?edit|edit|version|dub|re-?work|bootleg|vip|live"
    r"|instrumental|acoustic|mash-?up|flip|re-?rub|refix|acap+ella|re-?touch|re-?make"
    r"|remaster(?:ed)?|original|extended|re-?construction|interpretation|re-?dub)\b",
    re.IGNORECASE,
)
# Words of a version that name nobody.
_COMMON = re.compile(
    r"\b(?:original|extended|club|radio|dub|vocal|main|full|short|long|album|single|"
    r"instrumental|live|vip|acoustic|edit|mix|remix|version|rework|bootleg|re-?edit|"
    r"acap+ella|part|vol|the|tool|beats|\d+)\b|[^\w\s&']",
    re.IGNORECASE,
)


def given_of(names: Printed) -> Given:
    """Return a track as printed; a bracket without a version belongs to the title."""
    artist, guests = _parted(names.artist)
    title, more = _parted(names.title)
    version = names.version
    if version and _ONLY_GUESTS.match(version):
        more, version = (*more, *_single(_ONLY_GUESTS.sub("", version))), None
    elif version and not _VERSION.search(version):
        title, version = f"{title} ({version})", None
    return Given(
        artist=artist,
        title=title,
        version=version,
        featured=(*guests, *more),
        remixers=remixers_of(version),
        label=names.label.split(" - ")[0] if names.label else None,
    )


def single_names(credit: str) -> tuple[str, ...]:
    """Return the single artists of a credit."""
    return _single(_parted(credit)[0])


def remixers_of(version: str | None) -> tuple[str, ...]:
    """Return who made a version, as far as its words tell."""
    if not version or _COMMON.sub("", version).strip(" '&") == "":
        return ()
    if not re.search(r"(?:remix|mix|rework|edit|bootleg|dub)$", version, re.IGNORECASE):
        return ()
    maker = _COMMON.sub(" ", version).strip().removesuffix("'s").removesuffix("'")
    return _single(" ".join(maker.split()))


def _parted(name: str) -> tuple[str, tuple[str, ...]]:
    parts = _GUESTS.split(name, maxsplit=1)
    if len(parts) == 1 or not parts[0].strip():
        return name, ()
    return parts[0].strip(), _single(parts[1].rstrip(") "))


def _single(credit: str) -> tuple[str, ...]:
    return tuple(name for name in CREDIT_JOIN.split(credit)[::2] if name.strip())
