"""
What scrapers and workers agree on: messages, queues, identity, keys, metrics.

Imported by both sides, owned by neither. It imports only the standard library,
pydantic and prometheus_client, and nothing else of ours.

To add a field to a message: give it a default, leave `SCHEMA_VERSION` as it is, deploy
workers first. To change or remove one: raise `SCHEMA_VERSION`, teach `decode` both.
"""
