"""When a host may be asked: delays, locks, blocks."""
