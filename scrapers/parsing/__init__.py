"""Parsing in a child process, which may be ended."""
