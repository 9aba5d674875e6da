"""Rows of tracks: written, read, corrected, removed."""
