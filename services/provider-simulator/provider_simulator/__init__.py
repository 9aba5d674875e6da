"""
Providers that speak, limit, fail and count as the real ones do, over invented tracks.

It shares nothing with `enrichment` or `scrapers`: a fault in common code would hide
itself. A request goes `app` → `gate` (limiter, faults, latency) → `wire` (the
provider's formats) → `catalogue`; `ledger` writes down what was seen, and its count is
the only one that claims are judged by.
"""
