"""What is remembered comes back as it was; what is damaged is a miss."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from enrichment.lookup.cache import entries
from enrichment.lookup.cache.freshness import Remembered
from enrichment.model import Absent, Candidate, Found, ProviderName
from enrichment.providers.registry import NAMES

NOW = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)


def entry(answer: Found | Absent, absences: int = 0) -> Remembered:
    return Remembered(
        answer, NOW, NOW + timedelta(days=7), NOW + timedelta(days=8), absences
    )


FULL = Candidate(
    provider=ProviderName("spotify"),
    id="5WQ1hAdBHNvSQrTqQpYlrN",
    artist="deadmau5 & Kaskade",
    title="I Remember (Extended Mix)",
    artists=("deadmau5", "Kaskade"),
    artist_ids=("2CIMQHirSU0MQqyYHq0eOx", ""),
    album="Random Album Title",
    duration_ms=547_000,
    isrcs=("GBTDG0800222", "USUS10800001"),
    release_date="2008-09",
    genres=(("progressive house", 100), ("edm", 3)),
    popularity=0,
    listeners=12,
    playcount=34,
    artwork_url="https://i.scdn.co/image/ab67616d0000b273ffff",
    label="mau5trap",
    url="https://open.spotify.com/track/5WQ1hAdBHNvSQrTqQpYlrN",
    score=97,
)
# as providers' answers are read: no control characters, and none that is no letter
letters = st.characters(codec="utf-8", exclude_categories=["Cc"])
texts = st.text(letters, max_size=30)
candidates = st.builds(
    Candidate,
    provider=st.sampled_from(NAMES),
    id=texts,
    artist=texts,
    title=texts,
    artists=st.lists(texts, max_size=3).map(tuple),
    album=st.none() | st.text(letters, min_size=1, max_size=20),
    duration_ms=st.none() | st.integers(0, 10**7),
    genres=st.lists(st.tuples(texts, st.integers(0, 100)), max_size=3).map(tuple),
    popularity=st.none() | st.integers(0, 100),
)


def test_every_field_of_a_candidate_comes_back():
    remembered = entry(Found((FULL,)))

    value = entries.encode("deadmau5:i remember", remembered)

    assert entries.decode(value) == ("deadmau5:i remember", remembered)


@settings(max_examples=40, deadline=None)
@given(st.lists(candidates, max_size=3))
def test_any_answer_comes_back(found):
    remembered = entry(Found(tuple(found)))

    assert entries.decode(entries.encode("k", remembered)) == (
        "k",
        remembered,
    )


def test_an_absence_keeps_its_count():
    value = entries.encode("nobody:nothing", entry(Absent(), absences=4))

    assert entries.decode(value) == (
        "nobody:nothing",
        entry(Absent(), absences=4),
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda value: bytes((99,)) + value[1:],
        lambda value: value[:-7],
        lambda value: value[:1] + b"\x00" * 40,
        lambda value: value[:1] + b'{"key": 1}',
    ],
    ids=["empty", "of another format", "cut", "overwritten", "not compressed"],
)
def test_a_damaged_value_is_a_miss(damage):
    value = entries.encode("k", entry(Found((FULL,))))

    assert entries.decode(damage(value)) is None


@pytest.mark.parametrize(
    "values",
    [
        {"album": "A\x00B"},
        {"artists": ("A\x00",)},
        {"duration_ms": 10**15},
        {"popularity": 101},
        {"playcount": -1},
    ],
    ids=str,
)
def test_what_no_column_can_hold_is_damage(values):
    damaged = replace(FULL, **values)

    assert entries.decode(entries.encode("k", entry(Found((damaged,))))) is None


def test_a_full_candidate_stays_small():
    value = entries.encode("deadmau5:i remember", entry(Found((FULL,))))

    # Redis memory is what one pays for; 900 bytes of plain JSON
    assert len(value) < 500
