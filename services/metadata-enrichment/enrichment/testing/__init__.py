"""Test suites for packages that add something to this one; run by their pytest."""

from enrichment.testing.providers import ProviderContract, response

__all__ = ["ProviderContract", "response"]
