"""Thin: addresses, paging, politeness; one file each, named after its source."""
