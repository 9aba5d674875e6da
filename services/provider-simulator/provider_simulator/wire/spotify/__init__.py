"""Spotify, as it is simulated."""
