"""One deed each; the number in ITEM_PIPELINES is its place in the path."""
