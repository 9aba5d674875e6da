"""The providers there are: each has a folder in `wire`, and is called as it is."""

import pkgutil
from pathlib import Path

_WIRE = Path(__file__).parent / "wire"
NAMES = tuple(
    sorted(found.name for found in pkgutil.iter_modules([str(_WIRE)]) if found.ispkg)
)
