"""The whole system on private servers against the simulator: `enrichment replay`."""
