"""ReccoBeats."""
