"""The network between workers and the simulator: TLS, distance, and what goes wrong."""
