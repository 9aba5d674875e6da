"""Exports of real rows, read back by programs that are not ours."""
