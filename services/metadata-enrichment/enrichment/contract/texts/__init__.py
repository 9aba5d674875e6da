"""Texts of others: made plain, fit to print, without our secrets."""
