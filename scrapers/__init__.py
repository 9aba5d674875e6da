"""Tracklists from the web, files and exports, parsed, stored and published."""
