"""The invented world: recordings as they are, and as each provider writes them."""
