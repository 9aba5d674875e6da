"""Run the worker until told to stop; --queue or QUEUE_NAME says which queue."""

import sys

from enrichment.cli import app

app(["worker", *sys.argv[1:]])
