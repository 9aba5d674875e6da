"""The console: pages where people look and decide. Served by `enrichment serve`."""
