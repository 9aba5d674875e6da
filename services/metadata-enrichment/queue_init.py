"""Declare the topology, exit 0 or say why not."""

from enrichment.cli.main import app

app(["queue-init"])
