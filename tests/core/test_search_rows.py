"""The index entries of a lead, and the changes that can affect them."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.search.searchable import search_document
from leadloop.derived.projection import difference, touched_parts
from leadloop.derived.terms import TERMS, TermRow, as_term
from leadloop.derived.tokens import exact, has, mark, phone, word
from leadloop.derived.words import WORDS, Edit, IndexEntry, edit, has_index_entry, index_entry
from tests.core.desk import DIALECTS
from tests.core.histories import FIRST, HISTORIES, STEPS, History, Step, desk_with
from tests.support.examples import examples

ACCOUNT, OTHER = "a" * 24, "b" * 24
LEAD = structs.replace(
    blank_lead(ACCOUNT, "c" * 24, 5), name="Ana Maria", email="a.b@x.test", phone="+55 11 98765-4321"
)


def test_the_tokens_of_a_lead() -> None:
    indexed = index_entry(LEAD)
    assert indexed is not None
    begin = mark(ACCOUNT)
    assert indexed[:4] == (ACCOUNT, LEAD.id, 5, None)
    assert indexed.name == (f"{begin}wana", f"{begin}wmaria")
    assert indexed.email == tuple(begin + text for text in ("wa_2eb_40x_2etest", "wa", "wb", "wx", "wtest"))
    assert indexed.other == tuple(begin + text for text in ("hemail", "hname", "hphone", "p12345678" + "1155"))
    assert terms(LEAD) == {
        (ACCOUNT, field, value, 5, LEAD.id)
        for field, value in (("stage", "new"), ("status", "new"), ("source", "api"), ("type", "unspecified"))
    }


def test_a_deleted_lead_has_none() -> None:
    deleted = structs.replace(LEAD, deleted_at_ms=6)
    assert index_entry(deleted) is index_entry(None) is None
    assert terms(deleted) == terms(None) == set()


@examples(60)
@given(history=HISTORIES)
def test_all_that_can_be_searched_is_indexed(history: History) -> None:
    lead = structs.replace(desk_with(history).present, deleted_at_ms=None)
    everything, indexed = search_document(lead), index_entry(lead)
    assert indexed is not None
    hot = {(field, value) for _, field, value, _, _ in terms(lead)}
    assert {field for field, _ in hot} <= set(TERMS.parts)
    value = everything.measures.get("value")
    assert [text for field, text in hot if field == "value"] == ([] if value is None else [as_term(value)])
    cold = everything.exact - hot - {("id", lead.id)}
    tokens = {exact(ACCOUNT, *pair) for pair in cold} | {has(ACCOUNT, field) for field in everything.has}
    tokens |= {phone(ACCOUNT, everything.phone)} if everything.phone else set()
    assert set(indexed.other) == tokens and len(indexed.other) == len(tokens)
    assert indexed.name == tuple(word(ACCOUNT, text) for text in everything.name)
    assert set(indexed.email) == {word(ACCOUNT, text) for text in (*everything.email, everything.address) if text}
    assert indexed.value_micros == everything.measures.get("value")


@examples(300)
@given(text=st.text(max_size=4), other=st.text(max_size=4))
def test_texts_with_a_common_prefix_have_tokens_with_one(text: str, other: str) -> None:
    assert word(ACCOUNT, text).startswith(word(ACCOUNT, other)) == text.startswith(other)
    assert not word(ACCOUNT, text).startswith(word(OTHER, other))


@examples(200)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_token_is_one_word_to_any_full_text(text: str) -> None:
    for token in (word(ACCOUNT, text), exact(ACCOUNT, "tag", text), has(ACCOUNT, "utm_source"), mark(ACCOUNT)):
        assert all(c.isalnum() or c == "_" for c in token if c.isascii())


def terms(lead: Lead | None) -> set[TermRow]:
    rows = TERMS.rows(lead)
    assert len(rows) == len(set(rows))
    return set(rows)


class IndexChange(NamedTuple):
    gone: set[TermRow]
    new: set[TermRow]
    edit: Edit | None


def index_change_between(before: Lead, after: Lead, change: Change | None) -> IndexChange:
    parts = touched_parts(change.fields if change else [])
    terms, words = difference(TERMS, before, after, parts), difference(WORDS, before, after, parts)
    row_edit = edit(after, words) if words and has_index_entry(before) and has_index_entry(after) else None
    return IndexChange(set(terms.removed) if terms else set(), set(terms.added) if terms else set(), row_edit)


def applied(old: IndexEntry | None, new: Lead, edit: Edit | None) -> IndexEntry | None:
    if old is None or not has_index_entry(new):
        return index_entry(new)
    if edit is None:
        return old
    assert edit.removed <= set(old.other) and edit.added.isdisjoint(old.other)
    name, email = edit.new_words if edit.new_words != edit.old_words else (old.name, old.email)
    assert edit.old_words in (((), ()), (old.name, old.email))
    other = tuple(sorted(set(old.other) - edit.removed | edit.added))
    return IndexEntry(*old[:2], edit.lead_date_ms, edit.value_micros, name, email, other)


@examples(100)
@given(first=FIRST, steps=st.lists(STEPS, min_size=1, max_size=6))
def test_a_difference_makes_one_index_the_other(first: Step, steps: list[Step]) -> None:
    desk = desk_with((first, []))
    for kind, body in steps:
        before = desk.present
        written = desk.delete() if kind == "delete" else desk.patch(DIALECTS[kind], body)
        index_change = index_change_between(before, desk.present, written.change)
        assert (terms(before) - index_change.gone) | index_change.new == terms(desk.present)
        assert index_change.gone <= terms(before) and index_change.new.isdisjoint(terms(before))
        assert applied(index_entry(before), desk.present, index_change.edit) == index_entry(desk.present)


def test_an_everyday_change_touches_little() -> None:
    def made(**body: object) -> IndexChange:
        written = desk_with((("expad", {"name": "Ana"}), [])).patch(DIALECTS["expad"], body)
        assert written.change is not None
        assert written.before is not None
        return index_change_between(written.before, written.lead, written.change)

    assert made(note="called") == made(fields=[{"id": "a"}]) == IndexChange(set(), set(), None)
    moved = made(status="ACTIVE")
    assert [len(moved.gone), len(moved.new), moved.edit] == [2, 2, None]
    tagged = made(tags=[{"id": "t1", "name": "vip"}])
    assert isinstance(tagged.edit, Edit) and tagged.edit.old_words == tagged.edit.new_words
    assert (len(tagged.new), tagged.edit.removed, len(tagged.edit.added)) == (0, set(), 3)
    sold = made(saleValue=7)
    assert isinstance(sold.edit, Edit) and sold.edit.value_micros == 7_000_000
    assert {field for _, field, _, _, _ in sold.new} == {"value"}


def test_accounts_have_marks_of_their_own() -> None:
    accounts = [f"{n:024x}" for n in range(1_000)]
    assert len({mark(account) for account in accounts}) > 995
    assert all(len(mark(account)) == 4 for account in accounts)


def test_tokens_differ_between_accounts() -> None:
    def tokens(lead: Lead) -> set[str]:
        indexed = index_entry(lead)
        assert indexed is not None
        return {token for column in indexed.tokens for token in column}

    assert tokens(LEAD).isdisjoint(tokens(structs.replace(LEAD, account_id=OTHER)))


@examples(200)
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_values_sort_as_texts_as_they_do_as_numbers(numbers: list[int]) -> None:
    assert sorted(numbers, key=as_term) == sorted(numbers)
