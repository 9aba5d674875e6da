"""What is in our rows, judged by a world that was not made by us."""
