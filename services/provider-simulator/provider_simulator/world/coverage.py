"""How much of a scene each provider knows: profiles as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    Shares of tracks, 0 to 1.

    Args:
        spotify, musicbrainz, lastfm: tracks each provider has at all.
        spotify_isrcs: Spotify tracks that tell theirs.
        isrcs: MusicBrainz recordings with ISRCs.
        lengths: MusicBrainz recordings with a length.
        indexed: MusicBrainz recordings that the search knows already.
        spotify_urls: MusicBrainz recordings with a relation to Spotify.
        distractors: factor on the chance of each kind of sibling, cover and namesake.
    """

    spotify: float
    musicbrainz: float
    lastfm: float
    spotify_isrcs: float
    isrcs: float
    lengths: float
    indexed: float
    spotify_urls: float
    distractors: float = 1.0


PROFILES = {
    # Every track everywhere: for counting calls without absences in between.
    "full": Coverage(
        spotify=1.0,
        musicbrainz=1.0,
        lastfm=1.0,
        spotify_isrcs=1.0,
        isrcs=1.0,
        lengths=0.9,
        indexed=1.0,
        spotify_urls=0.25,
    ),
    # Festival sets: MusicBrainz 26 to 40 %, lengths as in real search pages.
    "festival": Coverage(
        spotify=0.95,
        musicbrainz=0.33,
        lastfm=0.80,
        spotify_isrcs=0.995,
        isrcs=0.75,
        lengths=0.78,
        indexed=0.99,
        spotify_urls=0.25,
    ),
    # Older charts: nearly everything is known to all.
    "charts": Coverage(
        spotify=0.99,
        musicbrainz=0.92,
        lastfm=0.97,
        spotify_isrcs=0.995,
        isrcs=0.85,
        lengths=0.93,
        indexed=1.0,
        spotify_urls=0.5,
    ),
}
