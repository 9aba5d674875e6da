"""Search as the providers do it: an index of words, and Lucene's language."""
