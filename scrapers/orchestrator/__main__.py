"""`python -m scrapers.orchestrator` runs crawls on their schedules."""

import sys

from scrapers.orchestrator import main

sys.exit(main())
