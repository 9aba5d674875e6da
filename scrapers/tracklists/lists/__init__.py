"""Pasted lists: which lines are tracks, and what the list says of them."""
