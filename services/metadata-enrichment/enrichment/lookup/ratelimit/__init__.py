"""One allowance per provider for all workers."""
