"""What is known of a track and why: read, judged again, shown, hidden."""
