"""Completing values of a query: which are offered, in which order, and that each finds exactly its leads."""

from collections.abc import Sequence
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lab.site import HOSTILE
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import LeadReference, entries_from
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.parts import Tag, User
from leadloop.core.reading.field_values import KINDS, EntryValues
from leadloop.core.search.completion import Candidate, QueryCompletion, best, field_names, fixed_values, value_of
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.folding import whole
from leadloop.core.search.matches import matches
from leadloop.core.search.read import read
from leadloop.core.search.values import Moment
from tests.core.test_search_language import NOW_MS
from tests.support.examples import examples

ACCOUNT = "a" * 24
MOMENT = Moment(NOW_MS, UTC)


def label(field: str, value: str) -> str:
    return value or field


def entry(name: str | None, kind: str = "tags", **members: object) -> Entry:
    entry_id = str(members.pop("id", name))
    return Entry(
        kind=kind,
        key=entry_id,
        id=entry_id,
        name=name,
        created_at_ms=0,
        updated_at_ms=0,
        **members,  # type: ignore[arg-type]
    )


def offered(field: str, entries: Sequence[Entry], q: str = "") -> list[QueryCompletion]:
    catalogue = Catalogue(ACCOUNT)
    catalogue.put(entries)
    return best(EntryValues(field, catalogue).candidates(), q)


def values(completions: Sequence[QueryCompletion]) -> list[str]:
    return [completion.value for completion in completions]


def test_what_begins_with_the_text_comes_first_and_archived_last() -> None:
    entries = [
        entry("São Paulo"),
        entry("Praça Sao Jorge"),
        entry("Visão"),
        entry("Santos", archived_at_ms=1),
        entry("Recife"),
        entry("sao roque"),
    ]
    assert values(offered("tag", entries, "SÃO")) == ['"São Paulo"', '"sao roque"', '"Praça Sao Jorge"', "Visão"]
    assert values(offered("tag", entries, "s"))[-1] == "Santos"
    assert values(offered("tag", entries, "xyz")) == []
    assert len(offered("tag", [entry(f"t{number}") for number in range(50)])) == 20


def test_fields_and_fixed_values_are_offered() -> None:
    fields = best(field_names(label), "")
    assert len(fields) == 20 and fields[0] == ("stage:", "stage")
    assert {value.rstrip(":>=") for value in values(best(field_names(label), ""))} <= set(FIELDS)
    assert values(best(field_names(label), "utm"))[0] == "utm_source:"
    assert values(best(fixed_values("stage", MOMENT, label), "")) == ["NEW", "ACTIVE", "COMPLETE", "LOST"]
    assert values(best(fixed_values("status", MOMENT, label), "no_")) == ["no_answer", "no_contact"]
    assert values(best(fixed_values("has", MOMENT, label), "utm_s")) == ["utm_source"]
    assert values(best(fixed_values("source", MOMENT, label), "go")) == ["GOOGLE"]
    assert fixed_values("name", MOMENT, label) == []


def test_times_are_offered_as_ranges_and_for_comparisons_as_days() -> None:
    ranges = values(best(fixed_values("created", MOMENT, label), ""))
    days = values(best(fixed_values("created", MOMENT, label, is_compared=True), ""))
    assert ranges == ["today", "yesterday", "-6d..today", "-29d..today", "2026-02", "2026-01", "2026"]
    assert days == ["today", "yesterday", "-7d", "-30d", "2026-02", "2026-01", "2026"]
    for value in ranges:
        read(f"created:{value}", now_ms=NOW_MS)
    for value in days:
        read(f"created>={value}", now_ms=NOW_MS)


def test_a_value_is_found_by_what_a_person_calls_it() -> None:
    names = {"LOST": "Perdido", "": "etapa"}
    candidates = fixed_values("stage", MOMENT, lambda _, value: names.get(value, value))
    assert best(candidates, "per") == [("LOST", "Perdido")]
    assert best(candidates, "lo") == [("LOST", "Perdido")]


def test_entries_of_one_name_are_told_apart_by_what_leads_have() -> None:
    units = [entry("Centro", "units", id="c"), entry("Sul", "units", id="s")]
    departments = [
        entry("Vendas", "departments", id="d1", unit_id="c", given=True),
        entry("vendas", "departments", id="d2", unit_id="s", given=True),
        entry("Suporte", "departments", id="d3"),
    ]
    assert offered("department", [*units, *departments]) == [
        ("Suporte", "Suporte"),
        ("d1", "Vendas · Centro"),
        ("d2", "vendas · Sul"),
    ]
    users = [
        entry("Ana", "users", id="1", email="ana@x.example"),
        entry("Ana", "users", id="2", user_id="u2"),
        entry(None, "users", id="3", email="b@x.example"),
    ]
    assert offered("user", users) == [
        ("ana@x.example", "Ana · ana@x.example"),
        ("u2", "Ana · u2"),
        ("b@x.example", "b@x.example"),
    ]


def test_a_renamed_entry_is_found_by_all_its_names() -> None:
    renamed = entry("Ana Lima", "users", id="u1", past_names=["Ana Souza"])
    assert offered("user", [renamed]) == [('"Ana Lima","Ana Souza"', "Ana Lima")]
    assert values(offered("user", [renamed], "souza")) == ['"Ana Lima","Ana Souza"']
    given = structs.replace(renamed, given=True)
    assert values(offered("user", [given])) == ['"Ana Lima","Ana Souza",u1']
    other = entry("Ana Souza", "users", id="u2")
    assert values(offered("user", [renamed, other])) == ['"Ana Lima"', '"Ana Souza"']


def test_an_own_source_with_the_name_of_a_fixed_one_is_found_by_its_id() -> None:
    catalogue = Catalogue(ACCOUNT)
    catalogue.put([entry("Google", "sources", id="s1", given=True)])
    assert values(best(EntryValues("source", catalogue, ["GOOGLE"]).candidates(), "")) == ["s1"]


HOSTILE_NAMES = [
    HOSTILE,
    '"><script>alert(1)</script>',
    "\u202emaria\u202c",
    'a,b "c" \\ d',
    '"',
    "\\",
    "-minus",
    "x:y",
    "=1",
    ">=2",
    "..",
    "W" * 256,
    '",\\' * 85,
    "vip 🔥",
    "  two  spaces\n",
    "me",
    "山田",
    "a\u200bb",
]
TEXTS = st.text(min_size=1, max_size=12) | st.text('ab"\\, :<>=-.\u202e\u200b🔥é', min_size=1, max_size=12)
NAMES = TEXTS.filter(lambda name: whole(name) != "" and not any("\ud800" <= c <= "\udfff" or c < " " for c in name))


def tagged(names: Sequence[str]) -> list[Lead]:
    return [
        Lead(
            format=FORMAT,
            account_id=ACCOUNT,
            id=f"{number:024x}",
            version=1,
            created_at_ms=NOW_MS,
            updated_at_ms=NOW_MS,
            lead_date_ms=NOW_MS,
            stage="NEW",
            status="new",
            tags=[Tag(name=name)],
            owner=User(name=name),
        )
        for number, name in enumerate(names)
    ]


def check_each_finds_exactly_its_leads(names: Sequence[str]) -> None:
    leads, catalogue = tagged(names), Catalogue(ACCOUNT)
    for lead in leads:
        assert lead.owner is not None
        references = [LeadReference("tags", lead.tags[0], 0), LeadReference("users", lead.owner, 0)]
        catalogue.put(entries_from(catalogue, references))
    for field in ("tag", "user"):
        for candidate in EntryValues(field, catalogue).candidates():
            query = read(f"{field}:{candidate.value}", now_ms=NOW_MS, me=("nobody",))
            found = {lead.id for lead in leads if matches(query, lead)}
            assert found == {lead.id for lead in leads if whole(lead.tags[0].name or "") == whole(candidate.label)}
            assert found, candidate


def test_hostile_names_are_quoted_and_find_their_leads() -> None:
    check_each_finds_exactly_its_leads(HOSTILE_NAMES)


@examples(400)
@given(names=st.lists(NAMES | st.sampled_from(HOSTILE_NAMES), min_size=1, max_size=6, unique_by=whole))
def test_a_completed_value_finds_exactly_the_leads_that_have_it(names: Sequence[str]) -> None:
    check_each_finds_exactly_its_leads(names)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_value_is_one_term_beside_others(name: str) -> None:
    text = f"ana tag:{value_of('tag', name)} -stage:LOST"
    assert len(text) <= 1_000
    assert len(read(text, now_ms=NOW_MS).terms) == 3
    assert "\n" not in text and "\u202e" not in text


def test_every_kind_of_the_search_has_its_field() -> None:
    assert set(KINDS) <= set(FIELDS)
    assert best([Candidate("x", "X", ())], "") == []
