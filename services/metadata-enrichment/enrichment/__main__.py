"""`python -m enrichment` is the command `enrichment`."""

from enrichment.cli import app

app()
