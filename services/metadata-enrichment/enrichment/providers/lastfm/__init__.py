"""Last.fm."""
