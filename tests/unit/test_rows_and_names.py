"""A row with a track id has an artist and a title that workers can ask by."""

from hypothesis import example, given
from hypothesis import strategies as st

from enrichment.contract.identity.titles import parse_name
from scrapers.tracklists.reading.lines import parse_line

WORDS = ("A", "T", "(X Mix)", "(T", "X Mix)", "ID", "feat. B", "Remix", "?", "", "é")
JOINTS = (" - ", " ", "(", ")", "[", "]", " – ", ": ", " / ", ") - (", '"')
LINES = st.lists(st.sampled_from(WORDS + JOINTS), max_size=9).map("".join)


@given(LINES)
@example("A - (T (X Mix)")
@example("- (X) -")
@example("() - [T]")
def test_a_row_with_a_track_id_can_be_asked(line):
    row = parse_line(line)

    if row.track_id is not None:
        assert row.artist
        assert row.title
        assert row.full_title
        assert parse_name(row.artist, row.full_title).title
