"""Answers of providers for tests: samples of our own, and one way to read them."""

import json
from pathlib import Path

from enrichment.contract.identity.titles import parse_name
from enrichment.model import Answer, Question, Wanted
from enrichment.providers import HttpResponse, Provider

SAMPLES = Path(__file__).parent / "samples" / "providers"


def response(sample: str) -> HttpResponse:
    """Give `tests/samples/providers/<sample>.json` as a response."""
    exchange = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    return answered(exchange["body"], exchange["status"], exchange["headers"])


def answered(body: object, status: int = 200, headers=None) -> HttpResponse:
    """Give a response with a body that is JSON, or text as it is."""
    text = body if isinstance(body, str) else json.dumps(body)
    return HttpResponse(status, dict(headers or {}), text.encode())


def wanted(artist: str, title: str, **known) -> Wanted:
    """Give a wanted track by its printed names."""
    return Wanted(
        "00000000-0000-4000-8000-000000000001", parse_name(artist, title), **known
    )


def asked(provider: Provider, artist: str, title: str, **known) -> Question:
    """Give the provider's own question for a track."""
    question = provider.question(wanted(artist, title, **known))
    assert question is not None
    return question


def answer(provider: Provider, question: Question, sample: str) -> Answer:
    """Give what one sample says to one question."""
    return provider.read([question], response(sample)).answers[question]
