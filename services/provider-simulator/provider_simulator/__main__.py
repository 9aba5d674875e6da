"""Serve all simulated providers on one port until told to stop."""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from provider_simulator.app import Running, running_simulator
from provider_simulator.clock import ScaledClock
from provider_simulator.faults import Fault, FaultInvalid
from provider_simulator.ledger import Ledger
from provider_simulator.network.conditions import (
    PRESETS,
    Network,
    everywhere,
    read_option,
)
from provider_simulator.registry import NAMES, hostile_settings, read_fault, settings_of
from provider_simulator.settings import Settings
from provider_simulator.world.catalogue import (
    CatalogueInvalid,
    Given,
    World,
    read_given,
)
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.hostile.world import hostile_world
from provider_simulator.world.invention import invent
from provider_simulator.world.names import invented_tracks
from provider_simulator.world.printed_tracks import read_printed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    asked = _parser().parse_args(arguments)
    try:
        world = _world(asked)
        faults = _faults(asked.faults)
        settings = _settings(asked)
        network = _network(asked)
    except (OSError, CatalogueInvalid, FaultInvalid, ValueError) as fault:
        print(f"provider_simulator: {fault}", file=sys.stderr)
        return 2
    asyncio.run(_serve(asked, world, faults, settings, network))
    return 0


async def _serve(
    asked: argparse.Namespace,
    world: World,
    faults: list[Fault],
    settings: Settings,
    network: Mapping[str, Network] | None,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if asked.with_parent:
        _stop_with_parent(loop, stop)
    async with running_simulator(
        world,
        ScaledClock(asked.time_scale),
        settings,
        host=asked.host,
        port=asked.port,
        ledger=Ledger(asked.ledger),
        faults=faults,
        network=network,
    ) as running:
        with _announced(running, asked.ca_file) as addresses:
            print(json.dumps(addresses), flush=True)
            await stop.wait()


@contextmanager
def _announced(running: Running, ca_file: Path | None) -> Iterator[dict[str, object]]:
    """Return where all are reached, and whom to trust for it while the block lasts."""
    front = running.front
    if front is None:
        yield {"url": running.url}
        return
    with tempfile.TemporaryDirectory(prefix="provider-simulator-") as folder:
        file = (ca_file or Path(folder) / "authority.pem").absolute()
        file.write_bytes(front.certificate)
        yield {
            "url": running.url,
            "providers": dict(front.urls),
            "ca_file": str(file),
        }


def _stop_with_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def wait_for_end_of_input() -> None:
        # Not by sys.stdin: its lock, held by a daemon, is fatal when Python ends.
        while os.read(0, 4_096):
            pass
        loop.call_soon_threadsafe(stop.set)

    # A daemon: it must not keep the process when a signal ends it first.
    threading.Thread(target=wait_for_end_of_input, daemon=True).start()


def _world(asked: argparse.Namespace) -> World:
    if asked.world == "hostile":
        if asked.mixes is None:
            raise ValueError("--world hostile is made of --mixes FILE")
        return hostile_world(asked.mixes, asked.mix_tracks, asked.seed).world
    return invent(_given(asked), PROFILES[asked.coverage], asked.seed)


def _given(asked: argparse.Namespace) -> list[Given]:
    given: list[Given] = []
    for path in asked.catalogue:
        given.extend(read_given(path))
    for path in asked.printed:
        given.extend(read_printed(path))
    return given + invented_tracks(asked.invent, asked.seed)


def _faults(path: Path | None) -> list[Fault]:
    if path is None:
        return []
    script = json.loads(path.read_text(encoding="utf-8"))
    rows = script.get("faults", []) if isinstance(script, dict) else script
    return [read_fault(row) for row in rows]


def _settings(asked: argparse.Namespace) -> Settings:
    pairs = (pair.partition("=") for pair in asked.set)
    values = hostile_settings() if asked.world == "hostile" else {}
    values |= {name: json.loads(text) for name, _, text in pairs}
    return settings_of(**{"seed": asked.seed, "latency": asked.latency, **values})


def _network(asked: argparse.Namespace) -> dict[str, Network] | None:
    pairs = [pair.partition("=") for pair in asked.network_set]
    if asked.network is None and not pairs:
        return None
    rows = (read_option(name, json.loads(text)) for name, _, text in pairs)
    return everywhere(asked.network or "near", rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="provider_simulator",
        description=f"{', '.join(NAMES)} over an invented catalogue.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=0, help="0 takes a free one (default)")
    add(
        *("--catalogue", "--tracks"),
        type=Path,
        action="append",
        default=[],
        help="JSON or JSON Lines of tracks: {artist, title, ...}, also as "
        "`enrichment parse` prints them; what is missing is invented",
    )
    add(
        "--printed",
        type=Path,
        action="append",
        default=[],
        help="JSON Lines of rows: the tracks are read of the text `raw` alone",
    )
    add("--invent", type=int, default=0, help="that many tracks out of nothing")
    add(
        "--world",
        choices=("catalogue", "hostile"),
        default="catalogue",
        help="hostile: made of printed names in --mixes, among similar recordings",
    )
    add("--mixes", type=Path, help="mixes as JSON Lines, .gz or not, for that world")
    add("--mix-tracks", type=int, default=3_000, help="recordings taken of --mixes")
    add("--coverage", choices=sorted(PROFILES), default="full")
    add("--seed", type=int, default=7, help="of everything invented and drawn")
    add("--time-scale", type=float, default=1.0, help="simulated seconds per real one")
    add(
        "--latency", type=float, default=1.0, help="factor on all latencies, 0 for none"
    )
    add("--ledger", type=Path, help="append every call to this JSON Lines file")
    add("--faults", type=Path, help="JSON: a list of faults, or {'faults': [...]}")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="a setting, as spotify_extended=true (listed by GET /_simulator/settings)",
    )
    add(
        "--network",
        choices=sorted(PRESETS),
        help="serve each provider over TLS too, at an address of its own, through such "
        "a network; addresses and the authority's file are in the first line printed",
    )
    add(
        "--network-set",
        action="append",
        default=[],
        metavar="[PROVIDER.]NAME=JSON",
        help="a condition of the network, as spotify.blackhole=true or "
        "connect_delay_seconds=0.3 (listed by GET /_simulator/network)",
    )
    add("--ca-file", type=Path, help="write the authority's certificate here")
    add("--with-parent", action="store_true", help="end when standard input closes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
