"""`python -m enrichment` is the command `enrichment`."""

from enrichment.cli.main import app

app()
