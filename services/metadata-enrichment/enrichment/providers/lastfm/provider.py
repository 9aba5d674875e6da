"""Last.fm: listeners, plays and tags; knows that HTTP 200 can carry an error."""

import unicodedata
from collections.abc import Sequence

from enrichment.model import (
    Absent,
    Answer,
    Found,
    Question,
    Wanted,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.asking import is_plain, search_key
from enrichment.providers.lastfm.read import LASTFM, read_body, read_tags, read_track
from enrichment.providers.lastfm.refusals import refusal_of

BASE_URL = "https://ws.audioscrobbler.com/2.0/"
METHODS = {"track": "track.getInfo", "tags": "track.getTopTags"}
# Longer names are no names; the API cuts or refuses them.
NAME_CHARACTERS = 300


class LastFm:
    """The provider; the key goes into the parameters and is masked in every log."""

    name = LASTFM

    def __init__(self, api_key: str, base_url: str = BASE_URL) -> None:
        self._api_key = api_key
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"LastFm({self._base_url!r})"

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by names, with the version where it makes another track."""
        return self._question(wanted, "track")

    def tags_question(self, wanted: Wanted) -> Question | None:
        """Ask for tags with counts: a second call, where five ranked ones are few."""
        return self._question(wanted, "tags")

    def _question(self, wanted: Wanted, operation: str) -> Question | None:
        name = wanted.name
        title = name.title
        if name.version and not is_plain(name):
            title = f"{title} ({name.version})"
        if search_key(name, title) is None:
            return None
        return Question(
            self.name,
            operation,
            key=_page_key(name.artist, title),
            artist=name.artist,
            title=title,
        )

    def batch_size(self, operation: str) -> int:
        """One: there is no batch form."""
        del operation
        return 1

    def relies_on(self, questions: Sequence[Question]) -> None:
        """Rely on nothing that an account may lack."""

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a call.

        https://www.last.fm/api/show/track.getInfo and track.getTopTags
        """
        (question,) = questions
        return HttpRequest(
            method="GET",
            url=self._base_url,
            params=(
                ("method", METHODS[question.operation]),
                ("artist", question.artist[:NAME_CHARACTERS]),
                ("track", question.title[:NAME_CHARACTERS]),
                ("autocorrect", "1"),
                ("format", "json"),
                ("api_key", self._api_key),
            ),
        )

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Read a track or its tags; errors go by the body's number, not the status."""
        (question,) = questions
        body = read_body(response)
        if body.get("error") is not None or response.status != 200:
            refusal = refusal_of(body, response)
            if refusal is None:
                return Reading({question: Absent()})
            raise refusal
        if question.operation == "tags":
            candidate = read_tags(body, question)
        else:
            candidate = read_track(body)
        answer: Answer = Found((candidate,)) if candidate else Absent()
        return Reading({question: answer})


def _page_key(artist: str, title: str) -> str:
    """Name a page: case apart, Last.fm keeps every spelling on a page of its own."""
    names = (unicodedata.normalize("NFC", name).casefold() for name in (artist, title))
    return ":".join(" ".join(name.split()) for name in names)
