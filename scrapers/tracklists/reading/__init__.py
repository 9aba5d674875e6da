"""The one grammar of a printed line, in the order in which a line is read."""
