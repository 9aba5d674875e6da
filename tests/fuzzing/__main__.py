"""
`python -m tests.fuzzing`: the real HTTP service asked whatever its description allows.

schemathesis stands in an environment of its own, since it brings other versions of
libraries than ours. What it finds: an answer that /openapi.json does not describe, a
5xx, a body of another shape, a refused request that was taken.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg

import devstack
from tests import pipeline
from tests.review import ambiguous
from tests.service import TOKEN, starter

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = PROJECT / ".check-venv" / "bin" / "schemathesis"
# So many requests for each operation and phase, at most.
EXAMPLES = 40
QUESTIONS = 20
# For all of them; a request that takes longer than the last one has failed.
LONGEST_SECONDS = 120
REQUEST_SECONDS = 20
# Every request has the token: of requests without it nothing can be said here.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)


def main() -> int:
    """Start servers and service, have it asked, and return how that ended."""
    asked = _parser().parse_args()
    if not PROGRAM.exists():
        sys.stderr.write(f"there is no {PROGRAM}: make fuzz-api installs it\n")
        return 1
    devstack.forget_named_servers()
    with (
        tempfile.TemporaryDirectory(prefix="fuzzing-") as folder,
        devstack.open_stack() as stack,
    ):
        pipeline.run_command(
            {
                "PATH": os.environ["PATH"],
                "ENRICHMENT_ENV_FILE": "",
                **stack.environment,
            },
            "migrate",
            "up",
        ).check_returncode()
        asyncio.run(_fill(stack.postgres.url))
        pipeline.declare(stack.rabbitmq.url)
        with starter(stack.environment, Path(folder))() as service:
            code = subprocess.run(
                _command(service.url, asked.examples, asked.seconds),
                cwd=folder,
                check=False,
            ).returncode
            if service.process.poll() is not None:
                sys.stderr.write(f"the service ended:\n{service.said()[-4000:]}\n")
                return 1
            if "Traceback" in service.said():
                sys.stderr.write(f"a traceback:\n{service.said()[-8000:]}\n")
                return 1
        return code


async def _fill(url: str) -> None:
    """Leave questions to decide: small numbers, which are asked for most."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        for number in range(QUESTIONS):
            await ambiguous(pool, number)


def _command(url: str, examples: int, seconds: int) -> list[str]:
    return [
        *(str(PROGRAM), "run", f"{url}/openapi.json"),
        *("--header", f"Authorization: Bearer {TOKEN}"),
        *("--checks", ",".join(CHECKS)),
        *("--max-examples", str(examples), "--max-time", str(seconds)),
        *("--request-timeout", str(REQUEST_SECONDS)),
        "--generation-deterministic",
        *("--continue-on-failure", "--no-color"),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzzing", description=__doc__
    )
    add = parser.add_argument
    add("--examples", type=int, default=EXAMPLES, help="for each operation and phase")
    add("--seconds", type=int, default=LONGEST_SECONDS, help="for all of them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
