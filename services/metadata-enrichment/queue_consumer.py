"""Run the worker until told to stop; --queue or QUEUE_NAME says which queue."""

import sys

from enrichment.cli.main import app

app(["worker", *sys.argv[1:]])
