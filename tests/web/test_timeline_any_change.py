"""Whatever both APIs write is told on the timeline: no change is lost, nothing fails, and no text is taken for HTML."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.changes import FieldChange
from leadloop.core.reading.bursts import bursts_of
from leadloop.core.reading.timeline import TimelineEntry, TimelineFilter, compose, select
from leadloop.web import i18n
from leadloop.web.formats import Formats
from leadloop.web.render import _environment
from leadloop.web.timeline_entries import Reader
from leadloop.web.words import Words
from tests.core.desk import ACCOUNT
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples

NOW_MS = 1_800_000_000_000
ZONES = ("UTC", "America/Sao_Paulo", "Asia/Kathmandu")
TAGS = {
    *(
        "a",
        "b",
        "bdi",
        "blockquote",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "h3",
        "ins",
        "li",
        "p",
        "span",
        "summary",
    ),
    *("svg", "time", "use"),
}
PARTS = (TimelineFilter.TALK, TimelineFilter.CHANGES)


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def entries_of(history: History) -> list[TimelineEntry]:
    return [entry for burst in reversed(bursts_of(desk_with(history).records)) for entry in compose(burst)]


@examples(60)
@given(HISTORIES)
def test_each_field_of_each_change_is_in_one_entry(history: History) -> None:
    records = desk_with(history).records
    entries = entries_of(history)
    assert sorted(version for entry in entries for version in entry.versions) == [record.version for record in records]
    fields = {field.field for record in records for field in record.fields}
    shown = {field.field for entry in entries for field in _fields(entry)}
    unchanged = fields - shown - {"/last_message"}
    assert shown <= fields and (not unchanged or len(records) > 1)
    for entry in entries:
        parts = [part for one in PARTS for part in select([entry], one)]
        assert sorted(field.field for part in parts for field in _fields(part)) == sorted(
            field.field for field in _fields(entry)
        )


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@examples(40)
@given(history=HISTORIES, zone=st.sampled_from(ZONES))
def test_every_entry_is_shown_and_no_text_becomes_a_tag(language: str, history: History, zone: str) -> None:
    lead = desk_with(history).present
    format_ = Formats(language, zone, NOW_MS)
    reader = Reader(Words(format_, "BRL", "BR"), lead, {}, {"expad": "Expad"}, NOW_MS)
    items = [reader.show(entry, ()) for entry in entries_of(history)]
    template = _environment(language).from_string(
        '{% import "lead/_entry.html" as entries with context %}{{ entries.list(items, "") }}'
    )
    timeline = SimpleNamespace(shown=TimelineFilter.ALL, as_of=lambda version: f"?asOf={version}")
    text = template.render(
        items=items, lead=lead, timeline=timeline, format=format_, static=lambda name: name, nonce="", account=ACCOUNT
    )
    found = Tags(text)
    assert found.tags <= TAGS and not any(name.startswith(("on", "style", "src")) for name in found.attributes)
    assert len(re.findall(r'<li id="[cm]\d+">', text)) == len(items)
    assert ">None<" not in text


def _fields(entry: TimelineEntry) -> list[FieldChange]:
    return [*entry.fields, *entry.notes, *entry.tasks, *([entry.message] if entry.message else [])]
