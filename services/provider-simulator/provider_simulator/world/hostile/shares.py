"""How often what is met at any provider; each provider's folder has its own shares."""

from collections.abc import Mapping
from types import MappingProxyType

# Other recordings beside a played one, as shares of the played ones.
BESIDE: Mapping[str, float] = MappingProxyType(
    {
        # a remix, edit, dub, VIP, instrumental, a cappella, live version: one to three
        "version": 0.30,
        # the same title by somebody else
        "namesake": 0.10,
        # an artist's or a title's name that is a letter or a word away
        "near name": 0.05,
        # covers, karaoke and tributes, some of which name the artist
        "cover": 0.05,
        # a re-recording, a second part, a reprise
        "sequel": 0.05,
        "sped up": 0.02,
        # side A and side B of a record without titles
        "side": 0.02,
        "language": 0.02,
        "medley": 0.01,
    }
)

# Copies of a played recording that are not the recording itself: what they are.
CUT = "dj-mix"
COPY_KINDS = ("video", CUT, "clean")

# How the right entry is written.
DRESS: Mapping[str, float] = MappingProxyType(
    {
        # misspelt, transliterated, or under another name of the artist
        "spelling": 0.05,
        "remaster": 0.04,
        # another album with a later date
        "compilation": 0.25,
        # an explicit and a clean entry of one name
        "twice": 0.03,
        # a plain title that says so: "Original Mix"
        "original mix": 0.08,
    }
)

# A mix or an edit that carries the ISRC of the recording beside it.
SHARED_ISRC = 0.15
