"""Completes fields and values of a query from an account: its catalogue, its stages, and what its newest leads have."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Campaign
from leadloop.core.reading import lists
from leadloop.core.reading.visibility import ALL, Visibility
from leadloop.core.search import fields
from leadloop.core.search.completion import (
    Candidate,
    Labels,
    QueryCompletion,
    best,
    field_names,
    fixed_values,
    value_of,
)
from leadloop.core.search.folding import whole
from leadloop.core.search.read import ME
from leadloop.core.search.scan import VALUE_LIMIT
from leadloop.core.search.tree import Has, Query, Term
from leadloop.core.search.values import Moment
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.threads import in_thread_if_large

KINDS = {
    "user": "users",
    "unit": "units",
    "department": "departments",
    "interest": "interests",
    "product": "products",
    "tag": "tags",
    "loss": "loss-reasons",
    "source": "sources",
    "type": "types",
}
"""The fields whose values are catalogue entries, with their kind."""
NEWEST, NEWEST_BYTES = 100, 2 * 1024 * 1024
LONGEST_VALUE = 600
"""A value is at most this long where it can be, so that it fits into a query beside other terms."""


def same(field: str, value: str) -> str:
    """Values as queries have them, without names for people."""
    return value or field


async def values(
    store: Store,
    account: Account,
    moment: Moment,
    field: str,
    q: str,
    *,
    visibility: Visibility = ALL,
    label: Labels = same,
    is_compared: bool = False,
) -> list[QueryCompletion]:
    """At most `completion.MOST` values of the field for `q`; fields if `field` is empty.

    The catalogue is everybody's; values that only leads have come from visible ones. `me` is offered to a salesperson.
    `is_compared` after `<` and `>`, where a range cannot stand.
    """
    if not field:
        return best(field_names(label), q)
    fixed = fixed_values(field, moment, label, is_compared=is_compared)
    if field == "stage":
        fixed += [Candidate(value_of(field, stage), stage, (whole(stage),)) for stage in account.stage_order]
    if field == "user" and visibility.users:
        fixed.append(Candidate(ME, label(field, ME), (ME, whole(label(field, ME)))))
    if field in KINDS:
        catalogue = await store.catalogue.get(account.id)
        entries = await _of_entries(catalogue, field, [candidate.value for candidate in fixed])
        return await in_thread_if_large(len(entries), lambda: best([*fixed, *entries], q))
    if field in _OF_LEADS:
        fixed += _of_leads(field, await _newest(store, account.id, field, visibility))
    return best(fixed, q)


async def _of_entries(catalogue: Catalogue, field: str, taken: Sequence[str]) -> Sequence[Candidate]:
    """Computed once for each version of the catalogue. While a thread does that, the catalogue may change, which
    empties its memo."""
    name = f"completions of {field}"
    cached = catalogue.memo.get(name)
    if isinstance(cached, list):
        return cached
    mark = catalogue.memo[name] = object()
    by_entry = EntryValues(field, catalogue, taken)
    candidates = await in_thread_if_large(len(by_entry.entries), by_entry.candidates)
    if catalogue.memo.get(name) is mark:
        catalogue.memo[name] = candidates
    return candidates


class EntryValues:
    """How a query finds the leads of each entry of a kind: by its name and the names that it had. Where another entry
    has one of these, that name is left out. A given id is added where the names do not suffice."""

    def __init__(self, field: str, catalogue: Catalogue, taken: Sequence[str] = ()) -> None:
        """Takes a snapshot of the catalogue. `taken` are texts that mean something else."""
        self.entries = list(catalogue.of_kind(KINDS[field]))
        self._parents = {entry.id: entry.name for kind in _PARENTS for entry in catalogue.of_kind(kind)}
        self._field = field
        self._taken = taken

    def candidates(self) -> list[Candidate]:
        """By name."""
        uses = Counter(text for entry in self.entries for text in set(self._texts(entry)))
        uses.update(map(self._folded, self._taken))
        named = sorted((whole(_name(entry)), entry.key, entry) for entry in self.entries)
        return [self._candidate(entry, uses) for name, _, entry in named if name]

    def _texts(self, entry: Entry) -> Iterator[str]:
        """All that leads may have for it."""
        for text in (*_names(entry), *_ids(entry)):
            if folded := self._folded(text):
                yield folded

    def _folded(self, text: str) -> str:
        return fields.without_prefix(self._field, whole(text))

    def _candidate(self, entry: Entry, uses: Mapping[str, int]) -> Candidate:
        own, ids = ([text for text in texts if uses[self._folded(text)] == 1] for texts in (_names(entry), _ids(entry)))
        is_shared = entry.name not in own
        needs_id = not own or (entry.given and (is_shared or len(entry.past_names) > 0))
        texts = [*own, *(ids if needs_id else ())] or [_name(entry)]
        value = _joined(self._field, texts)
        if len(value) > LONGEST_VALUE:
            value = value_of(self._field, entry.id if entry.given else texts[0])
        name = _name(entry)
        label = f"{name} · {self._place(entry)}" if is_shared and entry.name else name
        found_by = (whole(label), *(whole(text) for text in (entry.email, *entry.past_names) if text))
        return Candidate(value, label, found_by, entry.archived_at_ms is not None)

    def _place(self, entry: Entry) -> str:
        """What distinguishes it from entries of the same name."""
        parents = (self._parents.get(entry_id) for entry_id in (entry.department_id, entry.unit_id) if entry_id)
        return next(filter(None, parents), None) or entry.email or entry.user_id or entry.id


_PARENTS = ("units", "departments")


def _name(entry: Entry) -> str:
    return entry.name or entry.email or entry.user_id or entry.id


def _names(entry: Entry) -> Sequence[str]:
    """The name, and those that it had, which leads keep."""
    return [name for name in (entry.name, *entry.past_names) if name]


def _ids(entry: Entry) -> Sequence[str]:
    """All by which leads name it beside its name. An id that nobody gave is in no lead."""
    ids = (entry.id, entry.key) if entry.given else ()
    return [text for text in dict.fromkeys((*ids, entry.user_id, entry.email)) if text]


def _joined(field: str, texts: Sequence[str]) -> str:
    distinct = {whole(text): text for text in reversed(texts)}
    return ",".join(value_of(field, text) for text in list(reversed(distinct.values()))[:VALUE_LIMIT])


async def _newest(store: Store, account_id: str, field: str, visibility: Visibility) -> Sequence[Lead]:
    """The newest visible leads that have a value of the field."""
    search = Query((Term(Has((field,))),))
    query = LeadQuery(account_id=account_id, order=Order.CREATED, limit=NEWEST, search=search)
    return [*(await lists.page(store, query, visibility, NEWEST_BYTES)).items]


def _of_leads(field: str, leads: Sequence[Lead]) -> list[Candidate]:
    """Each value once, in the order of the leads."""
    candidates: dict[str, Candidate] = {}
    for lead in leads:
        texts = [text for text in fields.EXACT[field](lead) if text and whole(text)]
        if texts:
            label = _label_of(field, lead.campaign) or texts[0]
            candidates.setdefault(
                whole(texts[0]), Candidate(value_of(field, texts[0]), label, (*map(whole, texts), whole(label)))
            )
    return list(candidates.values())


_OF_LEADS = ("campaign", "client", "offer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""The fields whose values only leads have."""


def _label_of(field: str, campaign: Campaign | None) -> str | None:
    if campaign is None:
        return None
    names = {"campaign": campaign.name, "client": campaign.client_name, "offer": campaign.offer_name}
    return names.get(field)
