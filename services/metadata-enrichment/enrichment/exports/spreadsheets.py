"""Cells that no spreadsheet takes for a formula."""

# Excel, LibreOffice and Google's sheets take a cell that begins with one for a formula.
RISKY_FIRST = "=+-@\t\r"
# They show what follows as text.
GUARD = "'"


def safe(cell: str) -> str:
    """Return a cell with an apostrophe before what would be a formula."""
    return f"{GUARD}{cell}" if cell[:1] in RISKY_FIRST and cell else cell
