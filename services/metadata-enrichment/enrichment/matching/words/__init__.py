"""Printed names made comparable."""
