"""Entries managed by hand, without a store: their new values, and what is rejected."""

from typing import Any

import pytest

from leadloop.core.catalogue import manage
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import LeadReference, entries_from
from leadloop.core.catalogue.model import MOST_ENTRIES, Entry
from leadloop.core.errors import CatalogueFull, EntryExists, EntryNotFound
from leadloop.core.leads.parts import Ref, User

NOW = 1_000


def entry(entry_id: str, name: str | None, **members: Any) -> Entry:
    return Entry(kind="units", key=entry_id, id=entry_id, name=name, created_at_ms=1, updated_at_ms=1, **members)


def catalogue(*entries: Entry) -> Catalogue:
    made = Catalogue("a")
    made.put(entries)
    return made


def from_lead(kind: str, reference: Any) -> Catalogue:
    return catalogue(*entries_from(Catalogue("a"), [LeadReference(kind, reference, 1)]))


def test_creating_an_entry_replaces_the_one_that_leads_added_by_name() -> None:
    current = from_lead("units", Ref(name="Centro"))
    (before,) = current.entries()
    made = manage.create(current, "units", "u1", "Centro", {}, NOW)
    assert (made.id, made.key, made.given, made.managed) == ("u1", before.key, True, True)
    assert (made.created_at_ms, made.updated_at_ms) == (1, NOW)


def test_an_entry_added_by_e_mail_takes_the_new_name_and_keeps_its_past_one() -> None:
    current = from_lead("users", User(name="Ana S.", email="Ana@example.com"))
    (before,) = current.entries()
    made = manage.create(current, "users", None, "Ana Souza", {"email": "ana@example.com", "weight": 2}, NOW)
    assert (made.id, made.name, made.past_names, made.weight) == (before.id, "Ana Souza", ["Ana S."], 2)


def test_what_has_an_id_already_is_not_taken_over() -> None:
    current = from_lead("units", Ref(id="u1", name="Centro"))
    with pytest.raises(EntryExists) as refused:
        manage.create(current, "units", "u2", "Centro", {}, NOW)
    assert (refused.value.member, refused.value.entry_id) == ("name", "u1")


def test_an_archived_entry_gives_its_name_free_and_keeps_its_id() -> None:
    current = catalogue(entry("u1", "Centro", given=True, archived_at_ms=5))
    assert manage.create(current, "units", "u2", "Centro", {}, NOW).key == "u2"
    with pytest.raises(EntryExists):
        manage.create(current, "units", "u1", "Sul", {}, NOW)


def test_an_archived_entry_may_be_called_like_another_until_it_is_restored() -> None:
    current = catalogue(entry("u1", "Centro", given=True), entry("u2", "Sul", given=True, archived_at_ms=5))
    current.put([manage.update(current, "units", "u2", {"name": "Centro"}, NOW)])
    with pytest.raises(EntryExists):
        manage.archive(current, "units", "u2", NOW, archived=False)


def test_no_change_is_the_very_same_entry() -> None:
    current = catalogue(entry("u1", "Centro"))
    (present,) = current.entries()
    assert manage.update(current, "units", "u1", {"name": "Centro"}, NOW) is present
    assert manage.archive(current, "units", "u1", NOW, archived=False) is present


def test_past_names_are_remembered_once_each() -> None:
    current = catalogue(entry("u1", "A"))
    for name in ("B", "A", "C"):
        current.put([manage.update(current, "units", "u1", {"name": name}, NOW)])
    (present,) = current.entries()
    assert (present.name, present.past_names) == ("C", ["B", "A"])


def test_there_is_room_for_so_many() -> None:
    current = catalogue(*(entry(f"u{number}", f"n{number}") for number in range(MOST_ENTRIES)))
    assert manage.create(current, "units", "v", "one more", {}, NOW).key == "v"
    current.put([entry(f"m{number}", f"m{number}", managed=True) for number in range(MOST_ENTRIES)])
    with pytest.raises(CatalogueFull):
        manage.create(current, "units", None, "one more", {}, NOW)
    assert manage.create(current, "tags", None, "one more", {}, NOW).kind == "tags"


@pytest.mark.parametrize("kind", ["units", "tags"])
def test_what_is_not_there(kind: str) -> None:
    current = catalogue(entry("u1", "Centro"))
    entry_id = "u9" if kind == "units" else "u1"
    with pytest.raises(EntryNotFound):
        manage.update(current, kind, entry_id, {}, NOW)
    with pytest.raises(EntryNotFound):
        manage.archive(current, kind, entry_id, NOW)
