"""Questions of many tracks made into few provider calls."""
