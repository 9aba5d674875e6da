"""What acts beside the path while a crawl runs: politeness, metrics."""
