"""
Exports: rows in formats that other programs open, one module per format.

`selection` says which rows, `statements` how they are asked for, `reading` streams them
from one snapshot. `catalogue` lists the formats; each is a pure function of rows.
"""
