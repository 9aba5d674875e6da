"""A batch from request to rows: ask, match, merge, write; and back."""
