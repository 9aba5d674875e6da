"""Our own servers: addresses, and what their errors mean."""
