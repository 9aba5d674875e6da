"""Links and ids of known services, as people paste them."""

import pytest

from enrichment.errors import InputInvalid
from enrichment.review.links import EXPECTED, read
from enrichment.review.pages_of_providers import page_of

SPOTIFY = "4uLU6hMCjMI75M1A2tKUQC"
MBID = "0f1c2d3e-4a5b-6c7d-8e9f-a0b1c2d3e4f5"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (f"https://open.spotify.com/track/{SPOTIFY}?si=x", "spotify_id", SPOTIFY),
        (f"https://open.spotify.com/intl-de/track/{SPOTIFY}", "spotify_id", SPOTIFY),
        (f"spotify:track:{SPOTIFY}", "spotify_id", SPOTIFY),
        (f"  {SPOTIFY}\n", "spotify_id", SPOTIFY),
        (f"https://musicbrainz.org/recording/{MBID}", "musicbrainz_id", MBID),
        (MBID.upper(), "musicbrainz_id", MBID),
        ("https://www.deezer.com/de/track/3135556", "deezer_id", "3135556"),
        ("deezer:3135556", "deezer_id", "3135556"),
        ("https://www.discogs.com/release/249504-Rick", "discogs_id", "249504"),
        ("www.discogs.com/de/release/249504", "discogs_id", "249504"),
        ("gb-aap-93-00123", "isrc", "GBAAP9300123"),
        (
            "https://www.last.fm/music/Orbital/_/Halcyon",
            "lastfm_url",
            "https://www.last.fm/music/Orbital/_/Halcyon",
        ),
        (
            "https://www.last.fm/de/music/Orbital/_/_Halcyon+On/",
            "lastfm_url",
            "https://www.last.fm/music/Orbital/_/_Halcyon+On",
        ),
    ],
)
def test_what_is_pasted_is_recognised(text, field, value):
    pasted = read(text)

    assert (pasted.field, pasted.value) == (field, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 10_000,
        "javascript://open.spotify.com/track/" + SPOTIFY,
        f"https://open.spotify.com.example.org/track/{SPOTIFY}",
        f"https://open.spotify.com/album/{SPOTIFY}",
        "https://www.last.fm/music/Orbital",
        "https://www.last.fm/music/Orbital/Brown+Album",
        "https://www.last.fm/music/Orbital/+tracks/x",
        "https://[/",
        "\x00\x1b[31m",
        "\u202e" + SPOTIFY,
    ],
)
def test_what_is_none_is_told_with_what_was_expected(text):
    with pytest.raises(InputInvalid) as told:
        read(text)

    assert EXPECTED in str(told.value)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    ("field", "value", "page"),
    [
        ("spotify_id", 'x"><script>', "https://open.spotify.com/track/x%22%3E%3Cscript%3E"),
        ("lastfm_url", "javascript:alert(1)", None),
        ("lastfm_url", "https://last.fm.example.org/music/a", None),
        ("album", "x", None),
        ("isrc", None, None),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_services_own_pages_alone(field, value, page):
    assert page_of(field, value) == page
