"""What each command does, apart from its arguments."""
