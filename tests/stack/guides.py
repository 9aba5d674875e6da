"""Runs the blocks of the guides that are marked `stack`, as a reader would."""

import os
import subprocess
from pathlib import Path

from tests.repository.guides import blocks
from tests.stack.compose import FILES, PROJECT, Compose

# One command may ask every service.
BLOCK_SECONDS = 180


def faults(stack: Compose, folder: Path) -> list[str]:
    """Run each block in a shell that knows the stack; name those that fail."""
    environment = {
        **os.environ,
        "COMPOSE_FILE": os.pathsep.join(str(PROJECT / file) for file in FILES),
        "COMPOSE_PROJECT_NAME": stack.name,
        "COMPOSE_ENV_FILES": str(stack.folder / ".env"),
    }
    found = []
    for block in blocks("sh"):
        if block.mark == "stack":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.text],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=BLOCK_SECONDS,
                check=False,
            )
            if done.returncode:
                found.append(f"{block.guide}:\n{block.text}{done.stderr[-1000:]}")
    return found
