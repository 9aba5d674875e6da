"""Formats of playlists, libraries and chapters: a file each, read when it is met."""
