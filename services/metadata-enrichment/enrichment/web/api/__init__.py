"""The HTTP API: calls, bodies, exports, dead letters."""
