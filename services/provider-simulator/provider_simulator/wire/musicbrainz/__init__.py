"""MusicBrainz, as it is simulated."""
