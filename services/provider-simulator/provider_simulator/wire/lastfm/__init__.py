"""Last.fm, as it is simulated."""
