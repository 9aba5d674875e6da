"""One allowance per provider for the whole cluster."""
