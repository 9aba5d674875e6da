"""ReccoBeats: forty tracks a call by ISRC or Spotify id, then how they sound."""

from collections.abc import Callable, Mapping, Sequence

from enrichment.errors import (
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.model import (
    Absent,
    Answer,
    Candidate,
    Found,
    Question,
    Wanted,
)
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.decoding import error_object, json_object, plain_text
from enrichment.providers.payload import isrc, mappings, retry_after_seconds, text
from enrichment.providers.reccobeats.rows import RECCOBEATS, read_features, read_track

BASE_URL = "https://api.reccobeats.com/v1"
# More are refused: "size must be between 1 and 40".
BATCH = 40


class ReccoBeats:
    """The provider; it needs no key, and knows nobody by name."""

    name = RECCOBEATS

    def __init__(self, base_url: str = BASE_URL) -> None:
        self._base_url = base_url.rstrip("/")

    def question(self, wanted: Wanted) -> Question | None:
        """Ask by ISRC, else by Spotify's id; there is no search."""
        # messages written by hand may hold anything for one
        if code := isrc(wanted.isrc):
            return Question(self.name, "isrc", key=code, isrc=code)
        if (id_ := wanted.spotify_id) and id_.isalnum():
            return Question(self.name, "spotify", key=id_)
        return None

    def batch_size(self, operation: str) -> int:
        """Return forty, of every operation."""
        del operation
        return BATCH

    def relies_on(self, questions: Sequence[Question]) -> None:
        """Rely on nothing that an account may lack."""

    def request(self, questions: Sequence[Question]) -> HttpRequest:
        """
        Build a call.

        https://reccobeats.com/docs/apis/get-multiple-track and
        /get-multiple-audio-features
        """
        of_features = questions[0].operation == "features"
        path = "audio-features" if of_features else "track"
        ids = ",".join(question.key for question in questions)
        return HttpRequest("GET", f"{self._base_url}/{path}", (("ids", ids),))

    def read(self, questions: Sequence[Question], response: HttpResponse) -> Reading:
        """Hand each row to its question; who is left out is not known there."""
        if response.status != 200:
            refusal = _refusal(response)
            if isinstance(refusal, QuestionRefused) and len(questions) > 1:
                # one id that it cannot take refuses all
                return Reading({}, tuple((question,) for question in questions))
            raise refusal
        rows = json_object(response).get("content")
        if not isinstance(rows, list):
            raise Transient("ReccoBeats: an answer without content", status=200)
        operation = questions[0].operation
        read, keys = _READ[operation]
        found: dict[str, list[Candidate]] = {}
        owned = 0
        asked = {question.key for question in questions}
        for row in mappings(rows):
            candidate = read(row)
            if candidate is None:
                continue
            mine = asked.intersection(keys(candidate))
            owned += bool(mine)
            for key in mine:
                found.setdefault(key, []).append(candidate)
        return _reading(questions, found, strange=len(rows) - owned)


def _reading(
    questions: Sequence[Question],
    found: Mapping[str, Sequence[Candidate]],
    *,
    strange: int,
) -> Reading:
    """
    Return what was handed out; nobody is called absent whose row may be a strange one.

    Raises:
        Transient: all that came is of others, or cannot be read.
    """
    missing = [question for question in questions if question.key not in found]
    answers: dict[Question, Answer] = {
        question: Found(tuple(found[question.key]))
        for question in questions
        if question.key in found
    }
    if not strange:
        return Reading(answers | dict.fromkeys(missing, Absent()))
    if not answers and missing:
        raise Transient("ReccoBeats: rows that nobody asked for", status=200)
    return Reading(answers, tuple((question,) for question in missing))


_Keys = Callable[[Candidate], Sequence[str]]


def _spotify(candidate: Candidate) -> Sequence[str]:
    return [candidate.code("spotify_id") or ""]


_READ: Mapping[
    str, tuple[Callable[[Mapping[str, object]], Candidate | None], _Keys]
] = {
    "isrc": (read_track, lambda candidate: candidate.isrcs),
    "spotify": (read_track, _spotify),
    "features": (read_features, lambda candidate: [candidate.id]),
}


def details(found: Candidate) -> tuple[Question, ...]:
    """Return what completes a match: how it sounds, by ReccoBeats' own id."""
    return (Question(RECCOBEATS, "features", key=found.id),)


def _refusal(response: HttpResponse) -> ProviderError:
    """Return what an answer other than 200 means; its limits are not published."""
    status, wait = response.status, retry_after_seconds(response.headers)
    body = error_object(response)
    told = text(body.get("message")) or text(body.get("error"))
    said = f"ReccoBeats: {told or plain_text(response) or 'no reason'} (HTTP {status})"
    if status == 429:
        return RateLimited(said, kind=LimitKind.RATE, retry_after=wait, status=status)
    if status in {401, 403}:
        # there is no key that could be wrong: our address is shut out
        return RateLimited(said, kind=LimitKind.BAN, retry_after=wait, status=status)
    if status in {400, 414}:
        return QuestionRefused(said, status=status)
    return Transient(said, status=status, retry_after=wait)
