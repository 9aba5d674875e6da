"""What the pages show: filters, sides of a question, and names that are hostile."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest

from enrichment.errors import InputInvalid
from enrichment.model import ProviderName
from enrichment.pipeline.explaining.explanation import (
    Explanation,
    FieldOrigin,
    FileFact,
    JudgedCandidate,
    Mention,
    NamedPenalty,
    ProviderPart,
)
from enrichment.review.acts import Decided
from enrichment.review.questions import KINDS, Case, Question
from enrichment.web.console.beside import Beside
from enrichment.web.console.filters import Filters, subjects, tabs
from enrichment.web.console.frame.forms import Form, number, own_page
from enrichment.web.console.frame.pages import marked, page, told
from enrichment.web.console.frame.visitor import Visitor
from enrichment.web.console.question import shown_case
from enrichment.web.console.sides import known_of
from enrichment.web.console.track import track_values
from tests import factories

ADA = Visitor("ada", may_write=True, csrf="c" * 64)
BOB = Visitor("bob", may_write=False, csrf="c" * 64)
TRACK = UUID(factories.track_id(1))
ALL = Filters()
AT = datetime(2026, 11, 29, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'); alert(1); ('",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.elif\u202c",
    "\x00\x1b[2J\x1b]0;title\x07",
    "x" * 10_000,
    "</title></textarea></template>",
    "javascript:alert(1)",
]


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def question(name="Strobe", kind="ambiguous", subject="spotify"):
    return Question(
        7, kind, subject, "key", 14, AT, (TRACK,), name, name, rows=14, sets=9
    )


def explained(name="Strobe", candidates=(), files=()):
    part = ProviderPart(
        provider="spotify",
        outcome="ambiguous",
        question="search:x",
        fetched_at=AT,
        provider_track_id=None,
        score=None,
        reasons=(),
        failed_attempts=0,
        due_at=None,
        due_reason=None,
        due_detail=None,
        under_way_since=None,
        stale_at=None,
        stale_why=None,
        answer_kept=True,
        answer_expires_at=None,
        licence_class=None,
        outcome_today=None,
        candidates=candidates,
    )
    mention = Mention(1, "text", "k", name, None, None, 1, None, f"{name} - raw", AT)
    return Explanation(
        track_id=TRACK,
        track_key="key",
        artist=name,
        title=name,
        version=None,
        remixers=(),
        featured=(),
        status="completed",
        status_reason=None,
        outcome="ambiguous",
        lane="main",
        priority=5,
        source="text",
        attempts=1,
        main_source=None,
        data_version=None,
        fields=(),
        credits=(),
        providers=(part,),
        timeline=(),
        mentioned=1,
        mentions=(mention,),
        files=files,
    )


def case(name="Strobe", *, files=(), **facts):
    given = {"id": "sp1", "artist": name, "title": name, "album": name} | facts
    raw = factories.candidate(ProviderName("spotify"), label=name, **given)
    judged = JudgedCandidate(
        id=raw.id,
        artist=raw.artist,
        title=raw.title,
        album=raw.album,
        duration_ms=raw.duration_ms,
        isrcs=raw.isrcs,
        release_date=raw.release_date,
        score=0.82,
        verdict="not_sure",
        why=f"margin: {name}",
        penalties=(NamedPenalty("version", 0.18, name),),
        excuses=(name,),
    )
    offered = {(str(TRACK), ProviderName("spotify")): (raw,)}
    tracks = (explained(name, (judged,), files),)
    return Case(question(name), tracks, offered, (), seen=3)


def shown(asked, visitor=ADA, here=ALL, **options):
    return shown_case(asked, visitor, here, **options).body.decode()


def inbox(questions, visitor=ADA, here=ALL):
    return page(
        "inbox.html",
        visitor,
        filters=here,
        tabs=tabs({("ambiguous", "spotify"): 3}, here),
        subjects=["spotify"],
        kinds=KINDS,
        questions=questions,
        beside=Beside(2, 1),
        after=None,
        first=None,
        done="",
    ).body.decode()


# hostile names


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_on_every_page(name):
    plain, hostile = inbox([question("Strobe")]), inbox([question(name)])
    assert [tag for tag, _ in Tags(hostile).found] == [t for t, _ in Tags(plain).found]

    asked = shown(case(name))
    assert {tag for tag, _ in Tags(asked).found} <= {
        tag for tag, _ in Tags(shown(case())).found
    } | {"mark", "bdi"}
    for text in (hostile, asked, track_page(name)):
        assert not any(sign in text for sign in "\x00\x1b\u202e\x07")
        assert not any(
            name.startswith("on") for _, tag in Tags(text).found for name in tag
        )
        assert "x" * 1000 not in text
    tags = Tags(asked).found + Tags(track_page(name)).found
    links = [tag.get("href") or "" for _, tag in tags]
    assert not [link for link in links if link.startswith("javascript:")]


def test_a_text_from_outside_is_escaped_cut_and_isolated():
    assert told("<b>") == "<bdi>&lt;b&gt;</bdi>"
    assert told("a\u202eb") == "<bdi>a\\u202eb</bdi>"
    assert told("abcdef", 4) == "<bdi>abc…</bdi>"


def test_words_that_differ_are_marked_and_case_and_signs_do_not_count():
    against = "deadmau5 strobe (radio edit)"
    assert marked("Strobe (Club Edit)", against) == (
        "<bdi>Strobe <mark>(Club</mark> Edit)</bdi>"
    )
    assert marked("<i> & Strobe", against) == (
        "<bdi><mark>&lt;i&gt;</mark> &amp; Strobe</bdi>"
    )


def test_what_was_searched_for_is_text_too():
    text = inbox([question()], here=Filters(text='"><script>'))
    assert '"><script>' in [tag.get("value") for _, tag in Tags(text).found]
    assert text.count("<script") == inbox([question()]).count("<script")


# a question


def test_facts_that_differ_from_what_the_files_say_are_marked():
    files = (
        FileFact("duration_ms", "200000", 3, 2, differs=True),
        FileFact("duration_ms", "320000", 1, 1, differs=True),
        FileFact("isrc", "GBDUW0000059", 3, 2, differs=False),
    )
    asked = case(
        files=files, duration_ms=320_000, isrcs=("USXXX0000001", "GBDUW0000059")
    )
    assert known_of(asked.tracks[0])["duration_ms"] == "200000"
    text = shown(asked)
    assert "<mark><bdi>5:20</bdi></mark>" in text
    assert "<mark><bdi>USXXX" not in text


def test_a_question_says_how_much_depends_on_it_and_why_it_is_asked():
    text = shown(case())
    assert "applies to 14 rows in 9 sets" in text
    assert "0.82" in text
    assert "−0.18" in text
    assert "https://open.spotify.com/track/sp1" in text
    assert 'rel="noopener noreferrer"' in text


def test_what_was_typed_stays_in_the_form_after_a_fault():
    form = Form({"paste": ["https://example.org/<1>"], "why": ['"longer"']})
    text = shown(case(), fault="expected a link", form=form)
    values = [tag.get("value") for _, tag in Tags(text).found]
    assert "https://example.org/<1>" in values
    assert '"longer"' in values
    assert 'role="alert"' in text


def test_who_only_reads_is_given_no_form_that_writes():
    for text in (shown(case(), BOB), inbox([question()], BOB)):
        sent = [
            tag["action"]
            for name, tag in Tags(text).found
            if name == "form" and tag["method"] == "post"
        ]
        assert set(sent) <= {
            "/console/logout",
            "/console/bulk",
            "/console/questions/7/decision",
        }
        assert "None of these" not in text
        assert 'name="take"' not in text


def test_the_key_enter_in_a_field_decides_nothing():
    """It takes a form's first button; a disabled one takes it and does nothing."""
    for text in (shown(case()), inbox([question()])):
        form = text[text.index('method="post" action="/console/', 1) :]
        form = text[
            max(text.find("questions/7/decision"), text.find("/console/bulk")) :
        ]
        assert form.index("<button") == form.index('<button type="submit" disabled')


def test_no_question_is_selected_at_first():
    boxes = [t for _, t in Tags(inbox([question()])).found if t.get("name") == "q"]
    assert len(boxes) == 1
    assert "checked" not in boxes[0]


# a track


def track_page(name="Strobe", visitor=ADA, form=None):
    (track,) = case(name).tracks
    fact = FieldOrigin(
        "genres", [name], name, 0.9, AT, 3, pinned=True, licence_class=name
    )
    held = FieldOrigin("spotify_id", name, None, None, None, None, pinned=False)
    told_by_files = (FileFact("album", name, 2, 1, differs=True),)
    track = replace(track, fields=(fact, held), files=told_by_files)
    act = UUID(int=5)
    decided = Decided(
        *(4, act, TRACK, name, name, "album", name, "edit", "ada", AT, name),
        *(None, None, None),
    )
    values = track_values(track, (decided,), form)
    return page("track.html", visitor, **values).body.decode()


def test_a_track_shows_source_confidence_and_licence_of_each_value():
    text = track_page()
    assert "0.90" in text
    assert "nothing overrides it" in text
    assert "given to us" in text
    assert "others differ" in text
    assert 'name="seen" value="4"' in text
    assert f"{UUID(int=5)}" in text
    assert "Set it" not in track_page(visitor=BOB)
    assert "Undo" not in track_page(visitor=BOB)


def test_a_fault_of_a_field_keeps_what_was_typed():
    form = Form({"field": ["release_date"], "value": ["<soon>"], "why": ["said so"]})
    tags = Tags(track_page(form=form)).found
    assert {"<soon>", "said so"} <= {tag.get("value") for _, tag in tags}
    assert ("option", {"selected": None}) in tags


# filters


def test_filters_stand_in_the_address_and_keep_the_place():
    here = Filters("ambiguous", "spotify", "a & b", "14:7")
    assert here.inbox == (
        "/console/inbox?kind=ambiguous&subject=spotify&text=a+%26+b&after=14%3A7"
    )
    assert here.wish().after == (14, 7)
    assert here.wish("").after is None
    assert here.of("no_match").query == "kind=no_match&text=a+%26+b"
    with pytest.raises(InputInvalid, match="no kind"):
        Filters("nonsense").wish()


def test_kinds_are_shown_with_what_is_open_and_what_needs_a_decision_leads():
    counts = {("ambiguous", "spotify"): 2, ("ambiguous", "lastfm"): 1}
    found = tabs(counts, Filters("no_match"))
    assert [(tab.name, tab.open, tab.is_here) for tab in found] == [
        ("Needs a decision", 3, False),
        ("Ambiguous", 3, False),
        ("No match", 0, True),
    ]
    assert subjects(counts, Filters()) == ["lastfm", "spotify"]
    assert subjects(counts, Filters("no_match", "x")) == ["x"]


# forms


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [
        ("/console/inbox?text=a", "/console/inbox?text=a"),
        ("/console/questions/7", "/console/questions/7"),
        ("/tracks", "/console/inbox"),
        ("//evil.example/console/x", "/console/inbox"),
        ("/console//evil", "/console//evil"),
        ("", "/console/inbox"),
    ],
)
def test_a_form_leads_back_to_a_page_of_ours(text, leads_to):
    assert own_page(text) == leads_to


@pytest.mark.parametrize("text", ["-1", "1.5", "²", "9" * 19, "x"])
def test_what_is_no_number_is_told(text):
    with pytest.raises(InputInvalid, match="a number was expected"):
        number(text)


def test_numbers_are_read():
    assert [number(text) for text in ("", "0", "42")] == [None, 0, 42]
