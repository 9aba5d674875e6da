"""Free ports on the loopback address, for servers that must come back on the same one.

They are drawn below the range from which Linux takes ports for outgoing connections
(32768-60999), so that nobody else's connection sits on a stopped server's port.
"""

import random
import socket
from collections.abc import Sequence

LOOPBACK = "127.0.0.1"
_RANGE = range(15_000, 32_000)
_TRIES = 200


def free_ports(names: Sequence[str]) -> dict[str, int]:
    """Return one port per name, all different and free a moment ago."""
    chosen: dict[str, int] = {}
    draw = random.SystemRandom()
    for _ in range(_TRIES):
        if len(chosen) == len(names):
            break
        port = draw.choice(_RANGE)
        if port not in chosen.values() and _is_free(port):
            chosen[names[len(chosen)]] = port
    else:
        raise OSError(f"no free port found in {_RANGE} after {_TRIES} tries")
    return chosen


def _is_free(port: int) -> bool:
    """Bind without SO_REUSEADDR, on every address: a wildcard listener counts too."""
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
