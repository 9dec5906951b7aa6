"""A change as a dialect shows it: for dry runs, and for conflicts with a base version."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from leadloop.api.errors import ApiError, dotted_path
from leadloop.core.changes import pointer_parts
from leadloop.core.errors import Conflict, Problem
from leadloop.core.leads.merge import PARTS, same
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.writes.rebase import stored_differs
from leadloop.core.writes.use_cases import WriteResult
from leadloop.webhooks.endpoints import deliveries_for

if TYPE_CHECKING:
    from leadloop.api.call import Call

_ITEM_KEYS = ("id", "key", "name")
_COMPARED_AS_STORED = (frozenset(PARTS) - {"address"}) | {"custom_source_name", "custom_type_name"}
"""Compared by stored values. A missing member is shown as null or zero depending on its parent; that is not a
difference. And a view does not show the names of custom sources and types."""


class View(NamedTuple):
    """How a dialect shows a lead, and its pointer of a stored field (`None` if it does not show the field)."""

    show: Callable[[Lead], Mapping[str, Any]]
    field_name: Callable[[str], str | None]

    def differs_in_view(self, left: Lead, right: Lead) -> Callable[[str], bool]:
        """A function that returns whether the dialect shows two states of a lead differently at a stored field."""
        stored = stored_differs(left, right)

        @cache
        def shown() -> tuple[Callable[[str], Any], Callable[[str], Any]]:
            return reader(self.show(left)), reader(self.show(right))

        def differs(field: str) -> bool:
            if pointer_parts(field)[0] in _COMPARED_AS_STORED:
                return stored(field)
            name = self.field_name(field)
            if name is None:
                return False
            left_value, right_value = shown()
            return not same(left_value(name), right_value(name))

        return differs

    def names(self, fields: Iterable[str]) -> list[str]:
        """The dialect's pointers of stored fields, without duplicates."""
        return list(dict.fromkeys(filter(None, map(self.field_name, fields))))


def changed_names(view: View, result: WriteResult) -> list[str]:
    """Pointers to the fields that a write changed."""
    fields = result.change.fields if result.change else ()
    return view.names([field.field for field in fields if field.is_effective])


def dry_run(call: "Call", result: WriteResult) -> dict[str, Any]:
    """The members of a dry run's answer: the changes and webhook deliveries of the write (semantics section 3)."""
    lead, view = result.lead, call.dialect.view
    before = result.before or blank_lead(lead.account_id, lead.id, lead.created_at_ms)
    old, new = reader(view.show(before)), reader(view.show(lead))
    changed: list[dict[str, Any]] = []
    for name in changed_names(view, result):
        values = {"before": old(name), "after": new(name)} if call.may_read else {}
        changed.append({"field": name, **values})
    return {"dryRun": True, "changed": changed, "webhooks": _deliveries(call, result)}


def _deliveries(call: "Call", result: WriteResult) -> list[dict[str, str]]:
    """The webhook deliveries that the write would have queued."""
    if result.change is None:
        return []
    deliveries = deliveries_for(call.endpoints, result.before, result.lead, result.change, call.context.change_view)
    return [{"endpointId": delivery.endpoint_id, "event": delivery.event} for delivery in deliveries]


def conflict(call: "Call", error: Conflict) -> ApiError:
    view = call.dialect.view
    fields = view.names(error.fields)
    base, now, sent = reader(view.show(error.base)), reader(view.show(error.now)), reader(call.body)
    conflicts: list[dict[str, Any]] = []
    for field in fields:
        values = {"base": base(field), "now": now(field), "sent": sent(field)}
        conflicts.append({"field": field, **(values if call.may_read else {})})
    names = tuple(dotted_path(field) for field in fields[:5])
    return ApiError(409, Problem("conflict", names=names), more={"conflicts": conflicts})


def at(document: Any, field: str) -> Any:
    """The value at a JSON pointer, `None` if there is none. List items are addressed by id, key or name."""
    return reader(document)(field)


def reader(document: Any) -> Callable[[str], Any]:
    """`at` for many pointers into one document, which must not change: each list is indexed once."""
    indexes: dict[int, dict[str, Any]] = {}

    def value_at(field: str) -> Any:
        value = document
        for part in pointer_parts(field):
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list):
                if id(value) not in indexes:
                    indexes[id(value)] = _index_items(value)
                value = indexes[id(value)].get(part)
            else:
                return None
        return value

    return value_at


def _index_items(items: list[Any]) -> dict[str, Any]:
    """Items by id, key or name, in this order of precedence; of items with the same one, the first."""
    index: dict[str, Any] = {}
    for key in _ITEM_KEYS:
        for item in items:
            if isinstance(item, dict) and isinstance(name := item.get(key), str):
                index.setdefault(name, item)
    return index
