"""Dead letters: what is in them, and looks at them."""
