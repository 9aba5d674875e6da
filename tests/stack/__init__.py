"""The Compose stack as its users run it: brought up, tried, taken down."""
