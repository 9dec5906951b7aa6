"""Adding and resolving catalogue entries from random leads: a repeated patch changes nothing, and entries are found
again."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import LeadReference, entries_from
from leadloop.core.catalogue.model import MOST_ENTRIES, PAST_NAMES, Entry
from leadloop.core.catalogue.resolve import resolve
from leadloop.core.ids import Stamp, stable_id
from leadloop.core.leads.merge import merge
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Cart, CartLine, Department, Interest, Part, Product, Ref, Tag, User
from leadloop.core.leads.patch import LeadPatch
from leadloop.derived.references import REFERENCES, added_references, references
from tests.support.examples import examples

ACCOUNT = "a" * 24
IDS, NAMES = st.none() | st.sampled_from(["1", "2", "3"]), st.none() | st.sampled_from(["A", "B", "a", "C"])
MICROS = st.none() | st.sampled_from([1, 2])
EMAILS = st.none() | st.sampled_from(["a@x.test", "A@x.test", "b@x.test", "n/a", "-"])


def parts(part: type[Part], **members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly a value: an empty one is unset before it reaches the core."""
    built = st.builds(part, **members)
    return st.none() | built.filter(lambda value: value != part())


REFS = parts(Ref, id=IDS, name=NAMES)
USERS = parts(User, id=IDS, user_id=IDS, email=EMAILS, name=NAMES, is_real=st.none() | st.booleans())
PRODUCTS = parts(Product, id=IDS, name=NAMES, value_micros=MICROS)
LINES = st.lists(st.builds(CartLine, product=PRODUCTS, amount_micros=MICROS), min_size=1, max_size=3)
TAGS = st.lists(
    st.fixed_dictionaries({}, optional={"id": IDS, "name": NAMES, "color": NAMES}).filter(
        lambda tag: tag.get("id") or tag.get("name")
    ),
    max_size=3,
)
FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "owner": USERS,
    "unit": REFS,
    "department": parts(Department, id=IDS, name=NAMES, unit_id=IDS),
    "interest": parts(Interest, id=IDS, name=NAMES, unit_id=IDS, department_id=IDS),
    "loss_reason": REFS,
    "tags": TAGS,
    "cart": st.none() | st.builds(Cart, lines=LINES),
    "custom_source_name": NAMES,
    "custom_source_id": IDS,
    "custom_type_name": NAMES,
}
PATCHES = st.fixed_dictionaries({}, optional=FIELDS).map(lambda fields: LeadPatch(**fields))
MANY = st.lists(PATCHES, max_size=5)


ALL = {REFERENCES.name: REFERENCES.parts}


class Desk:
    """Leads of one account, written one after the other."""

    def __init__(self) -> None:
        self.catalogue = Catalogue(ACCOUNT)
        self.at_ms = 1_000

    def write(self, lead: Lead, patch: LeadPatch) -> Lead:
        self.at_ms += 1
        stamp = Stamp(self.at_ms, b"", "req", "system", "test")
        new = merge(lead, resolve(self.catalogue, lead, patch), stamp).lead
        self.catalogue.put(entries_from(self.catalogue, added_references(lead, new, ALL)))
        return new

    def new(self, *patches: LeadPatch) -> Lead:
        lead = blank_lead(ACCOUNT, "b" * 24, self.at_ms)
        for patch in patches:
            lead = self.write(lead, patch)
        return lead

    def entries(self) -> list[Entry]:
        return sorted(self.catalogue.entries(), key=lambda entry: (entry.kind, entry.key))


@examples(200)
@given(others=MANY, patches=MANY, patch=PATCHES)
def test_a_repeated_patch_settles_after_one_change_at_most(
    others: list[LeadPatch], patches: list[LeadPatch], patch: LeadPatch
) -> None:
    desk = Desk()
    for other in others:
        desk.new(other)
    lead = desk.new(*patches)
    desk.write(lead, patch)
    settled = desk.write(desk.write(lead, patch), patch)
    entries = desk.entries()
    assert desk.write(settled, patch) is settled
    assert desk.entries() == entries


@examples(200)
@given(others=MANY, patch=PATCHES)
def test_what_was_sent_stays_as_it_was_sent(others: list[LeadPatch], patch: LeadPatch) -> None:
    desk = Desk()
    for other in others:
        desk.new(other)
    lead = desk.new(patch)
    for field in ("owner", "unit", "department", "interest", "loss_reason"):
        if sent := getattr(patch, field):
            shown = getattr(lead, field)
            members = {name: getattr(sent, name) for name in sent.__struct_fields__}
            assert {name: value for name, value in members.items() if value is not None}.items() <= {
                name: getattr(shown, name) for name in members
            }.items()


@examples(200)
@given(patches=MANY)
def test_every_reference_of_a_lead_finds_its_entry(patches: list[LeadPatch]) -> None:
    desk = Desk()
    for patch in patches:
        lead = desk.new(patch)
        for mention in references(lead):
            known_by = mention.reference.id or mention.reference.name or getattr(mention.reference, "user_id", None)
            known_by = known_by or "@" in (getattr(mention.reference, "email", None) or "")
            assert (desk.catalogue.find(mention.kind, mention.reference) is not None) is bool(known_by), mention


@examples(200)
@given(patches=MANY)
def test_a_name_brings_only_ids_that_were_sent(patches: list[LeadPatch]) -> None:
    desk = Desk()
    for patch in patches:
        lead = desk.new(patch)
        for ref in (lead.owner, lead.unit, lead.department, lead.interest, lead.loss_reason, *lead.tags):
            assert ref is None or ref.id in (None, "1", "2", "3")


def unit(n: int, name: str | None = None) -> LeadReference:
    return LeadReference("units", Ref(id=f"u{n}", name=name), n)


def test_at_its_limit_a_kind_gets_no_new_entry_and_known_entries_still_change() -> None:
    catalogue = Catalogue(ACCOUNT)
    catalogue.put(entries_from(catalogue, (unit(n) for n in range(MOST_ENTRIES + 5))))
    assert catalogue.count("units") == MOST_ENTRIES
    assert entries_from(catalogue, [unit(MOST_ENTRIES)]) == []
    [renamed] = entries_from(catalogue, [unit(3, "Centro")])
    assert (renamed.id, renamed.name) == ("u3", "Centro")
    [tag] = entries_from(catalogue, [LeadReference("tags", Tag(name="vip"), 1)])
    assert tag.kind == "tags"


def test_the_newest_of_the_past_names_are_remembered() -> None:
    catalogue = Catalogue(ACCOUNT)
    for n in range(PAST_NAMES + 5):
        catalogue.put(entries_from(catalogue, [unit(1, f"Nome {n}")]))
    catalogue.put(entries_from(catalogue, [unit(1, "Nome 10")]))
    entry = catalogue.by_id("units", "u1")
    assert entry is not None and entry.name == "Nome 10" and "Nome 10" not in entry.past_names
    assert entry.past_names[-1] == f"Nome {PAST_NAMES + 4}" and len(entry.past_names) == PAST_NAMES
    assert catalogue.find("units", Ref(name="Nome 0")) is None
    assert catalogue.find("units", Ref(name="Nome 9")) is entry


def catalogue_entry(kind: str, key: str, name: str, **members: Any) -> Entry:
    return Entry(kind=kind, key=key, id=key, name=name, created_at_ms=int(key[-1]), updated_at_ms=1, **members)


def test_a_name_of_several_entries_resolves_by_exact_spelling_only() -> None:
    catalogue = Catalogue(ACCOUNT)
    catalogue.put(
        [catalogue_entry("users", "u1", "Ana", given=True), catalogue_entry("users", "u2", "ana", given=True)]
    )
    for name, meant in (("Ana", "u1"), ("ana", "u2"), ("ANA ", None)):
        entries = catalogue.find("users", User(name=name)), catalogue.resolve("users", User(name=name))
        assert [entry and entry.id for entry in entries] == [meant, meant]
    assert catalogue.is_ambiguous("users", User(name="ANA"))


def test_a_second_user_with_an_email_makes_a_name_ambiguous() -> None:
    catalogue = Catalogue(ACCOUNT)
    catalogue.put(
        [catalogue_entry("users", "u1", "Ana", given=True), catalogue_entry("users", "u2", "Ana", email="b@x.test")]
    )
    assert catalogue.find("users", User(name="Ana")) is None
    catalogue.put([catalogue_entry("users", "u2", "Ana")])
    entry = catalogue.find("users", User(name="Ana"))
    assert entry is not None and entry.id == "u1", "the other one is nothing but the name"


def test_entries_that_are_nothing_but_spellings_of_one_name_count_as_one() -> None:
    catalogue = Catalogue(ACCOUNT)
    catalogue.put(
        [
            catalogue_entry("units", "k1", "S\u00e3o"),
            catalogue_entry("units", "k2", "Sa\u0303o"),
            catalogue_entry("units", "k3", "Sao"),
        ]
    )
    for name in ("S\u00e3o", "Sa\u0303o", "S\u00c3O"):
        entry = catalogue.find("units", Ref(name=name))
        assert entry is not None and entry.key == "k1"
    assert entries_from(catalogue, [LeadReference("units", Ref(name="S\u00c3O "), 9)]) == []


def test_ids_that_were_made_of_names_stay() -> None:
    catalogue = Catalogue(ACCOUNT)
    name = "Sa\u0303o  Jose"
    old, new = stable_id(ACCOUNT, "source", name.casefold()), catalogue.derived_id("sources", name)
    assert old != new == catalogue.derived_id("sources", " S\u00c3O JOSE")
    assert catalogue.derived_id("sources", "Feira ") == stable_id(ACCOUNT, "source", "feira")
    catalogue.put(
        [
            catalogue_entry("sources", "k1", name),
            structs.replace(catalogue_entry("sources", "k2", name), key=old, id=old),
        ]
    )
    for own_id in (old, new):
        assert catalogue.find("sources", Ref(id=own_id, name=name)) is not None
