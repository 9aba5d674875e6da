"""Remembered answers, and the ids of written tracks."""
