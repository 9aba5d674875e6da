"""Requests that schemathesis makes up from the service's own description."""
