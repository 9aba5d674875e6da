"""How often what is met at a provider: one table, drawn for each provider apart."""

from collections.abc import Mapping
from types import MappingProxyType

PROVIDERS = ("spotify", "musicbrainz", "lastfm")

# Played recordings that a provider lacks. MusicBrainz knows 26 to 40 % of what is
# played at festivals. What is beside a recording is there all the same.
ABSENT: Mapping[str, float] = MappingProxyType(
    {"spotify": 0.25, "musicbrainz": 0.65, "lastfm": 0.20}
)

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

# Copies of a played recording that are not the recording itself.
COPIES: Mapping[str, float] = MappingProxyType(
    {
        # a video, a cut out of a DJ mix, a clean version, at MusicBrainz
        "copy": 0.10,
        # the same where they own the recording's ISRC: of all ISRCs there, one in
        # eight has several owners, of what is mixed and made videos of more
        "isrc copies": 0.28,
        # a cut out of a DJ mix at Spotify
        "mixed cut": 0.05,
    }
)

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
        # versions beside the title at MusicBrainz, in `disambiguation`
        "disambiguation": 0.30,
        "merged id": 0.02,
        "isrc at spotify": 0.995,
        "isrc at musicbrainz": 0.75,
        "length at musicbrainz": 0.78,
    }
)

# A mix or an edit that carries the ISRC of the recording beside it.
SHARED_ISRC = 0.15

# Last.fm's habits. The first three are shares of the tracks whose page it lacks.
LASTFM: Mapping[str, float] = MappingProxyType(
    {
        # autocorrect leads to a page of another artist
        "corrected": 0.05,
        # ... to the page of the title without its version
        "unversioned": 0.05,
        # ... to the catch-all artist
        "[unknown]": 0.02,
        # pages with three listeners, of recordings that lines spell in several ways
        "misspelling": 0.20,
    }
)
