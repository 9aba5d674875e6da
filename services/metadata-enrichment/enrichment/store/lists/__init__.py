"""Tracklists that are stored or uploaded, and files in which none is read."""
