"""Damaged files, the same in every run: changed, cut, repeated and random bytes."""

import io
import random
import zipfile
from collections.abc import Iterator, Mapping

_MOST_CHANGES = 12
_MOST_BYTES = 40
_MOST_RANDOM_BYTES = 4_000
# Of a file's beginning: what a reader knows it by.
_SIGNATURE_BYTES = 64
_ZIP = b"PK\x03\x04"


def damaged(
    files: Mapping[str, bytes], rounds: int, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Give each file damaged in so many ways, and random bytes behind its beginning."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    for name, content in files.items():
        for _ in range(rounds):
            yield name, changed(content, chance)
        yield f"cut {name}", content[: chance.randrange(len(content))]
        noise = chance.randbytes(chance.randrange(1, _MOST_RANDOM_BYTES))
        yield f"noise {name}", content[:_SIGNATURE_BYTES] + noise
        if content.startswith(_ZIP):
            for _ in range(rounds):
                yield f"within {name}", _changed_within(content, chance)


def changed(content: bytes, chance: random.Random) -> bytes:
    """Return content with a few bytes changed, left out, repeated or moved."""
    made = bytearray(content)
    for _ in range(chance.randrange(1, _MOST_CHANGES)):
        place = chance.randrange(len(made)) if made else 0
        length = chance.randrange(1, _MOST_BYTES)
        match chance.randrange(5):
            case 0:
                made[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del made[place : place + length]
            case 2:
                made[place:place] = made[place : place + length] * 3
            case 3:
                other = chance.randrange(len(made)) if made else 0
                made[place : place + length] = made[other : other + length]
            case _:
                made[place : place + length] = chance.randbytes(length)
    return bytes(made) or b"\0"


def _changed_within(content: bytes, chance: random.Random) -> bytes:
    """Return an archive one of whose members is damaged, so that it opens as ever."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        names = old.namelist()
        damaged_one = chance.choice(names)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
            for name in names:
                member = old.read(name)
                bad = name == damaged_one and member
                new.writestr(name, changed(member, chance) if bad else member)
    return packed.getvalue()
