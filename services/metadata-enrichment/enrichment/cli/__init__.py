"""The command `enrichment`: one file per command, what it does in `actions`."""
