"""What is published again when it is due, and what is kept how long."""
