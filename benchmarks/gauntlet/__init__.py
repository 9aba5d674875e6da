"""Sends good tracks through the real pipeline beside everything hostile at once."""
