"""
What every provider must do, as tests: derive a class from `ProviderContract`.

pytest runs the methods of a class whose name begins with "Test".
docs/adding_a_provider.md shows one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson

from enrichment.contract.identity.titles import parse_name
from enrichment.contract.texts import own_secrets
from enrichment.errors import ProviderError, RateLimited
from enrichment.model import Absent, Answer, Found, Question, Wanted
from enrichment.providers import HttpResponse, Provider, Reading
from enrichment.providers.http.masking import masked
from enrichment.providers.spec import AnySpec

SECRET = "Zq-a-secret-of-the-test"  # noqa: S105 (it opens nothing)
# What was asked is too many: never an absence, and never asked again at once.
TOO_MANY = 429
_WAIT_SECONDS = 40_000
# Bodies that some gateway, proxy or cut connection makes of any answer.
_DAMAGED = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b'{"a":',
    b"\x00\xff\xfe",
    b"<html><title>502</title></html>",
    b"Too many requests",
    b'{"error":null}',
    b'{"error":{"code":[]}}',
    b'{"tracks":{"items":[null,1,"x",{}]}}',
)
_REFUSALS = (400, 401, 403, 404, 410, 418, TOO_MANY, 500, 502, 503, 504)


def response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return an answer; a body that is not bytes is written as JSON."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return HttpResponse(status, headers or {}, raw)


class ProviderContract:
    """
    The contract, for one provider.

    Args:
        spec: the provider's.
        set_: settings that it cannot be made without, secrets aside.
        wanted: tracks that it can ask for.
        found: an answer to the first one, which knows it.
        absent: an answer to the first one, which says that there is none.
        refusals: an answer of each kind that the provider's documentation names, with
            the class of error that it means.
    """

    spec: ClassVar[AnySpec]
    set_: ClassVar[Mapping[str, object]] = {}
    wanted: ClassVar[Sequence[Wanted]] = (
        Wanted("1", parse_name("Night Ferry", "Harbour Lights (Mira Kold Remix)")),
        Wanted("2", parse_name("Mira Kold", 'He said "AND" & left: 50 %')),
        Wanted("3", parse_name("Jón Þór", "Ævintýri"), isrc="GBAAA0000001"),
    )
    found: ClassVar[HttpResponse]
    absent: ClassVar[HttpResponse]
    refusals: ClassVar[Sequence[tuple[HttpResponse, type[ProviderError]]]]

    def test_settings_have_defaults_and_secrets_are_known_by_their_names(self) -> None:
        """Scrapers and children of ours know a secret by its variable's name."""
        self.spec.default_settings  # noqa: B018 (it is made)
        variables = dict.fromkeys(self.spec.secret_variables, SECRET)

        assert own_secrets.without(variables) == {}
        assert {*self.spec.needs} <= {*self.spec.settings.model_fields}

    def test_limits_are_positive_and_every_question_has_an_operation(self) -> None:
        """`Limits` refuses what is not; `questions_per_call` is the default batch."""
        assert self.spec.limits(self._settings(), 0.25).shapes
        provider = self._provider()
        for question in self._questions(provider):
            operations = {operation.name for operation in self.spec.operations}
            assert question.operation in operations
            assert provider.batch_size(question.operation) >= 1

    def test_terms_are_named_with_the_day_on_which_they_were_read(self) -> None:
        """Nobody keeps values under terms that nobody has read."""
        assert self.spec.terms.url.startswith("https://")
        assert self.spec.fields

    def test_a_question_is_the_same_for_the_same_track(self) -> None:
        """The key is that of the cache: equal tracks cost one call."""
        first, again = (self._questions(self._provider()) for _ in range(2))

        assert first == again
        assert all(question.provider == self.spec.name for question in first)

    def test_a_request_is_pure_and_shows_no_secret(self) -> None:
        """The same questions give the same request; a log may show it when masked."""
        provider = self._provider()
        for question in self._questions(provider):
            request = provider.request([question])

            assert provider.request([question]) == request
            assert SECRET not in masked(request)
            address = getattr(self._settings(), self.spec.address_settings[0])
            assert request.url.startswith(address.rstrip("/"))

    def test_what_is_there_is_found_and_of_this_provider(self) -> None:
        """Every candidate that could answer is given: matching decides."""
        answer = self._read(self.found)

        assert isinstance(answer, Found)
        assert answer.candidates
        assert {one.provider for one in answer.candidates} == {self.spec.name}
        assert all(one.id and one.artist and one.title for one in answer.candidates)

    def test_an_absence_is_what_the_provider_says(self) -> None:
        """It is remembered for days."""
        assert isinstance(self._read(self.absent), Absent)

    def test_a_damaged_answer_is_no_absence(self) -> None:
        """Whatever comes, reading it ends, with an answer or a `ProviderError`."""
        for body in (*_DAMAGED, self.found.body[:-1], self.found.body[:20]):
            for status in (200, *_REFUSALS):
                came = self._come(response(body, status))
                is_given = status in {200, 404}
                assert is_given or isinstance(came, ProviderError | Reading), came
                if not is_given and isinstance(came, Reading):
                    # asked again in another form; nothing is remembered of it
                    assert not came.answers
                    assert came.again

    def test_every_refusal_has_its_class(self) -> None:
        """The classes say what happens next (`enrichment.errors`)."""
        for refusal, meaning in self.refusals:
            came = self._come(refusal)
            assert type(came) is meaning, (refusal, came)

    def test_too_many_calls_rest_for_as_long_as_was_said(self) -> None:
        """A wait is neither cut nor slept out: the bench of all workers holds it."""
        wait = {"retry-after": str(_WAIT_SECONDS)}
        came = self._come(response(b"", TOO_MANY, wait))

        assert isinstance(came, RateLimited)
        assert came.retry_after == _WAIT_SECONDS

    def _settings(self) -> Any:  # noqa: ANN401 (each provider has its own model)
        secrets = {
            name: SECRET
            for name in self.spec.settings.model_fields
            if self.spec.variable(name) in self.spec.secret_variables
        }
        return self.spec.settings(**{**secrets, **self.set_})

    def _provider(self) -> Provider:
        return self.spec.make(self._settings(), lambda _: None)

    def _questions(self, provider: Provider) -> list[Question]:
        asked = [provider.question(wanted) for wanted in self.wanted]
        assert all(asked), "a track of `wanted` has no question"
        return [question for question in asked if question is not None]

    def _read(self, answer: HttpResponse) -> Answer:
        provider = self._provider()
        question = self._questions(provider)[0]
        return provider.read([question], answer).answers[question]

    def _come(self, answer: HttpResponse) -> Reading | ProviderError:
        provider = self._provider()
        question = self._questions(provider)[0]
        try:
            came = provider.read([question], answer)
        except ProviderError as error:
            return error
        told = {*came.answers, *self._again(came)}
        assert told == {question}, "an answer, or another call, for every question"
        return came

    @staticmethod
    def _again(came: Reading) -> Iterator[Question]:
        for group in came.again:
            yield from group
