"""Rows in Postgres: values, provenance, records, what waits; migrations."""
