"""Decisions as hashes: kept without a name, compared track by track."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.truth.judging import Verdict

_HEAD = """\
# What the rules decide for the first tracks of `make bench-truth`, as hashes: a track,
# then provider=decision. Whoever changes a rule of parsing, identity or matching, or
# the world, writes them anew: make bench-truth TRACKS=300 DECISIONS=write
"""
_HASH_CHARACTERS = 10

Decisions = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A track whose decision at a provider is another than the recorded one."""

    track: str
    provider: str


def hashed(judged: Iterable[Verdict]) -> Decisions:
    """Return the decisions by track and provider."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for one in judged:
        decision = f"{one.row.id or one.verdict}"
        found[track_hash(one)][one.row.provider] = _hash(f"{one.key} {decision}")
    return found


def track_hash(judged: Verdict) -> str:
    """Return what a track is called in the file."""
    return _hash(judged.row.line)


def write(decisions: Decisions, path: Path) -> None:
    """Write them, a track a line."""
    lines = (
        " ".join([track, *(f"{name}={value}" for name, value in sorted(each.items()))])
        for track, each in sorted(decisions.items())
    )
    path.write_text(_HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def read(path: Path) -> Decisions:
    """Read them."""
    found: dict[str, dict[str, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            track, *parts = line.split()
            found[track] = dict(part.split("=", 1) for part in parts)
    return found


def differences(recorded: Decisions, made: Decisions) -> Sequence[Difference]:
    """Return where the two differ; what only one of them has differs."""
    return [
        Difference(track, provider)
        for track in sorted({*recorded, *made})
        for provider in sorted({*recorded.get(track, {}), *made.get(track, {})})
        if recorded.get(track, {}).get(provider) != made.get(track, {}).get(provider)
    ]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]
