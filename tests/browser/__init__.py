"""
The console in a real browser: `python -m tests.browser`.

Playwright and axe-core stand in `.check-venv`; nothing else is taken from there, since
our own libraries come first.
"""

import sys
from pathlib import Path

_OTHERS = Path(__file__).resolve().parents[2] / ".check-venv"
_LIBRARIES = sorted(_OTHERS.glob("lib/python*/site-packages"))
if not any((folder / "playwright").is_dir() for folder in _LIBRARIES):
    sys.exit(f"there is no Playwright in {_OTHERS}: make console-test installs it")
sys.path.extend(map(str, _LIBRARIES))
