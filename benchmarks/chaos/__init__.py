"""Kills random parts of the running pipeline, and compares what is left of it."""
