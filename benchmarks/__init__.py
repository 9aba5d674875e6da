"""Measurements that anyone can run again: what is claimed has a command here."""
