"""What people are asked to decide, what they have decided, and what that changes."""
