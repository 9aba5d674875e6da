"""Remembered answers and finished tracks."""
