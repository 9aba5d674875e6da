"""MusicBrainz' JSON: a recording as a search hit and as a lookup prints it."""

import json

from provider_simulator.chance import Chance
from provider_simulator.wire.musicbrainz.entries import Credit, Recording
from provider_simulator.world.catalogue import Album

# Type and status ids are MusicBrainz' own constants.
_OFFICIAL = "4e304316-386d-3409-af2e-78857eec5cfe"
_PRIMARY_TYPES = {
    "Album": "f529b476-6e62-324f-b0aa-1f3e33d313fc",
    "Single": "d6038452-8ee0-3f68-affc-2de9a1ede0b9",
    "EP": "6d0c5bf6-7a33-3420-a519-44fc63eedebf",
}
_SECONDARY_TYPES = {
    "Compilation": "dd2a21e1-0c00-3729-a7a0-de60b84eb5d1",
    "DJ-mix": "0d47f47a-3fe5-3d69-ac9d-d566c23968bf",
}
_WORLDWIDE = {
    "id": "525d4e18-3d00-31b9-a58b-a146a916de8f",
    "name": "[Worldwide]",
    "sort-name": "[Worldwide]",
    "iso-3166-1-codes": ["XW"],
}
_VARIOUS = {
    "id": "89ad4ac3-39f7-470e-963a-56509c546377",
    "name": "Various Artists",
    "sort-name": "Various Artists",
}
_RELATION_TYPES = {
    "free streaming": "7e41ef12-a124-4324-af33-fd874608e6fc",
    "purchase for download": "92777657-504c-4acb-bd33-51a201bd57e1",
}


def hit(recording: Recording) -> tuple[str, str]:
    """Print a search hit, in two parts between which the score goes."""
    body: dict[str, object] = {"title": recording.title}
    # The search leaves out what is not known; a lookup writes null.
    if recording.length is not None:
        body["length"] = recording.length
    body["video"] = True if recording.is_video else None
    if recording.disambiguation:
        body["disambiguation"] = recording.disambiguation
    body["artist-credit"] = [_credited_hit(credit) for credit in recording.credit]
    if recording.first_released:
        body["first-release-date"] = recording.first_released
    body["releases"] = [_release_hit(recording, album) for album in recording.albums]
    if recording.isrcs:
        body["isrcs"] = list(recording.isrcs)
    if recording.tags:
        body["tags"] = [
            {"count": count, "name": name} for name, count in recording.tags
        ]
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f'{{"id":"{recording.mbid}","score":', f",{text[1:]}"


def lookup(recording: Recording, inc: frozenset[str]) -> dict[str, object]:
    """Print a recording with what was asked to be included."""
    body: dict[str, object] = {
        "id": recording.mbid,
        "title": recording.title,
        "length": recording.length,
        "video": recording.is_video,
        "disambiguation": recording.disambiguation,
        "first-release-date": recording.first_released,
    }
    if inc & {"artist-credits", "artists"}:
        body["artist-credit"] = [_credited(credit) for credit in recording.credit]
    if "isrcs" in inc:
        body["isrcs"] = list(recording.isrcs)
    if "releases" in inc:
        body["releases"] = [
            _release(album, groups="release-groups" in inc)
            for album in recording.albums
        ][:25]
    if "tags" in inc:
        body["tags"] = [
            {"name": name, "count": count} for name, count in recording.tags
        ]
    if "genres" in inc:
        body["genres"] = [
            {
                "id": Chance(0, name).mbid("genre"),
                "name": name,
                "count": count,
                "disambiguation": "",
            }
            for name, count in recording.tags
        ]
    if "ratings" in inc:
        body["rating"] = {"value": None, "votes-count": 0}
    if "aliases" in inc:
        body["aliases"] = []
    if "annotation" in inc:
        body["annotation"] = None
    if any(word.endswith("-rels") for word in inc):
        urls = recording.urls if "url-rels" in inc else ()
        body["relations"] = [url_relation(recording, kind, url) for kind, url in urls]
    return body


def url_relation(recording: Recording, kind: str, url: str) -> dict[str, object]:
    """Print a relation of a recording to an address."""
    return {
        **_relation(kind, "forward"),
        "target-type": "url",
        "url": {"id": url_id(url), "resource": url},
        "source-credit": "",
        "target-credit": recording.title if kind == "" else "",
    }


def recording_relation(recording: Recording, kind: str) -> dict[str, object]:
    """Print the same relation as the address has it."""
    return {
        **_relation(kind, "backward"),
        "target-type": "recording",
        "recording": {
            "id": recording.mbid,
            "title": recording.title,
            "length": recording.length,
            "video": recording.is_video,
            "disambiguation": recording.disambiguation,
        },
        "source-credit": "",
        "target-credit": "",
    }


def url_id(url: str) -> str:
    """Return the id of an address."""
    return Chance(0, "url", url).mbid("id")


def _relation(kind: str, direction: str) -> dict[str, object]:
    return {
        "type": kind,
        "type-id": _RELATION_TYPES.get(kind, _RELATION_TYPES["free streaming"]),
        "direction": direction,
        "attributes": [],
        "attribute-ids": {},
        "attribute-values": {},
        "begin": None,
        "end": None,
        "ended": False,
    }


def _sort_name(name: str) -> str:
    return f"{name[4:]}, The" if name.startswith("The ") else name


def _credited_hit(credit: Credit) -> dict[str, object]:
    artist = credit.artist
    body: dict[str, object] = {"joinphrase": credit.join} if credit.join else {}
    named: dict[str, object] = {
        "id": artist.mbid,
        "name": artist.name,
        "sort-name": _sort_name(artist.name),
    }
    if artist.aliases:
        named["aliases"] = [
            {"sort-name": _sort_name(alias), "name": alias, "primary": None}
            for alias in artist.aliases
        ]
    return body | {"name": credit.name, "artist": named}


def _credited(credit: Credit) -> dict[str, object]:
    artist = credit.artist
    return {
        "name": credit.name,
        "joinphrase": credit.join,
        "artist": {
            "id": artist.mbid,
            "name": artist.name,
            "sort-name": _sort_name(artist.name),
            "disambiguation": "",
            "type": "Person",
            "type-id": "b6e035f4-3ce9-331c-97df-83397230b0df",
        },
    }


def _group(album: Album) -> dict[str, object]:
    primary = album.kind if album.kind in _PRIMARY_TYPES else "Album"
    body: dict[str, object] = {
        "id": album.group_mbid,
        "type-id": _PRIMARY_TYPES[primary],
        "primary-type-id": _PRIMARY_TYPES[primary],
        "title": album.title,
        "primary-type": primary,
    }
    if album.kind in _SECONDARY_TYPES:
        kind_id = _SECONDARY_TYPES[album.kind]
        body["type-id"] = kind_id
        body["secondary-types"] = [album.kind]
        body["secondary-type-ids"] = [kind_id]
    return body


def _release_hit(recording: Recording, album: Album) -> dict[str, object]:
    track: dict[str, object] = {
        "id": Chance(0, recording.mbid, album.mbid).mbid("track"),
        "number": "1",
        "title": recording.title,
    }
    if recording.length is not None:
        track["length"] = recording.length
    body: dict[str, object] = {
        "id": album.mbid,
        "status-id": _OFFICIAL,
        "count": 1,
        "title": album.title,
        "status": "Official",
    }
    if album.various:
        various = {"name": "Various Artists", "artist": _VARIOUS}
        body["artist-credit-id"] = _VARIOUS["id"]
        body["artist-credit"] = [various]
    return body | {
        "release-group": _group(album),
        "date": album.released,
        "country": "XW",
        "release-events": [{"date": album.released, "area": _WORLDWIDE}],
        "track-count": album.tracks,
        "media": [
            {
                "position": 1,
                "format": "Digital Media",
                "track": [track],
                "track-count": album.tracks,
                "track-offset": 0,
            }
        ],
    }


def _release(album: Album, *, groups: bool) -> dict[str, object]:
    body: dict[str, object] = {
        "id": album.mbid,
        "title": album.title,
        "status": "Official",
        "status-id": _OFFICIAL,
        "date": album.released,
        "country": "XW",
        "release-events": [{"date": album.released, "area": _WORLDWIDE}],
        "disambiguation": "",
        "barcode": None,
        "quality": "normal",
        "packaging": None,
        "packaging-id": None,
    }
    if groups:
        body["release-group"] = _group(album) | {
            "first-release-date": album.released,
            "disambiguation": "",
        }
    return body
