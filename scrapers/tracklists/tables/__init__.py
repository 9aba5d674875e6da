"""Texts as tables: headers, cells, facts."""
