"""Dead letters: what stands in them, and looks at them."""
