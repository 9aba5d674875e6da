"""`python -m benchmarks.peers.publishing NAME`: queue requests as a framework does."""

import asyncio
import importlib
import inspect
import sys

if __name__ == "__main__":
    peer = importlib.import_module(f"benchmarks.peers.{sys.argv[1]}_peer")
    published = peer.publish()
    if inspect.isawaitable(published):
        asyncio.run(published)
