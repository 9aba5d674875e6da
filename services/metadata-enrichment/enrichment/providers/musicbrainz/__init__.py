"""MusicBrainz."""
