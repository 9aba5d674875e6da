"""
Which words and numbers of a recording are in which field of MusicBrainz' index.

https://musicbrainz.org/doc/Indexed_Search_Syntax
"""

from provider_simulator.wire.musicbrainz.entries import Recording


def texts(recording: Recording) -> dict[str, list[str]]:
    """Return the words by field."""
    credit = "".join(part.name + part.join for part in recording.credit)
    names = [part.artist.name for part in recording.credit]
    credited = [part.name for part in recording.credit]
    albums = recording.albums
    return {
        "recording": [recording.title],
        "recordingaccent": [recording.title],
        "artist": [credit] + ([] if credited == names else names),
        "alias": [alias for part in recording.credit for alias in part.artist.aliases],
        "artistname": names,
        "creditname": credited,
        "arid": [part.artist.mbid for part in recording.credit],
        "rid": [recording.mbid],
        "isrc": list(recording.isrcs),
        "comment": [recording.disambiguation] if recording.disambiguation else [],
        "release": [album.title for album in albums],
        "reid": [album.mbid for album in albums],
        "rgid": [album.group_mbid for album in albums],
        "date": [album.released for album in albums],
        "firstreleasedate": [recording.first_released],
        "primarytype": [album.kind for album in albums],
        "type": [album.kind for album in albums],
        "status": ["official"],
        "format": ["Digital Media"],
        "country": ["xw"],
        "tag": [name for name, _ in recording.tags],
        "video": ["true" if recording.is_video else "false"],
    }


def numbers(recording: Recording) -> dict[str, list[float]]:
    """Return the numbers by field; dur and qdur only where the length is known."""
    found: dict[str, list[float]] = {
        "tracks": [album.tracks for album in recording.albums],
        "tracksrelease": [album.tracks for album in recording.albums],
        "tnum": [1],
    }
    if recording.length is not None:
        found["dur"] = [recording.length]
        found["qdur"] = [recording.length // 2000]
    return found
