"""A change in a dialect's words: what a dry run would change, and what stands against a base version."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from leadloop.api.errors import ApiError, dotted
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
_BY_WHAT_IS_STORED = (frozenset(PARTS) - {"address"}) | {"custom_source_name", "custom_type_name"}
"""An unset member is shown as null or as zero, as the object around it is there or not: that is no difference. And the
name of a custom source or type is not shown at all."""


class View(NamedTuple):
    """How a dialect shows a lead, and what it calls a stored field (`None`: it has none of that kind)."""

    show: Callable[[Lead], Mapping[str, Any]]
    naming: Callable[[str], str | None]

    def differs_in_view(self, one: Lead, other: Lead) -> Callable[[str], bool]:
        """Whether two states of a lead are shown differently at a stored field."""
        stored = stored_differs(one, other)

        @cache
        def shown() -> tuple[Callable[[str], Any], Callable[[str], Any]]:
            return reader(self.show(one)), reader(self.show(other))

        def differs(field: str) -> bool:
            if pointer_parts(field)[0] in _BY_WHAT_IS_STORED:
                return stored(field)
            name = self.naming(field)
            if name is None:
                return False
            value, other_value = shown()
            return not same(value(name), other_value(name))

        return differs

    def names(self, fields: Iterable[str]) -> list[str]:
        """What the dialect calls stored fields, each once."""
        return list(dict.fromkeys(filter(None, map(self.naming, fields))))


def names(view: View, written: WriteResult) -> list[str]:
    """Pointers to what a write changed."""
    fields = written.change.fields if written.change else ()
    return view.names([field.field for field in fields if field.is_effective])


def dry_run(call: "Call", written: WriteResult) -> dict[str, Any]:
    """The members that tell what the write would have done (semantics section 3)."""
    lead, view = written.lead, call.dialect.view
    before = written.before or blank_lead(lead.account_id, lead.id, lead.created_at_ms)
    old, new = reader(view.show(before)), reader(view.show(lead))
    changed: list[dict[str, Any]] = []
    for name in names(view, written):
        values = {"before": old(name), "after": new(name)} if call.may_read else {}
        changed.append({"field": name, **values})
    return {"dryRun": True, "changed": changed, "webhooks": _deliveries(call, written)}


def _deliveries(call: "Call", written: WriteResult) -> list[dict[str, str]]:
    """Which endpoints would receive which event."""
    if written.change is None:
        return []
    deliveries = deliveries_for(call.endpoints, written.before, written.lead, written.change, call.context.change_view)
    return [{"endpointId": delivery.endpoint_id, "event": delivery.event} for delivery in deliveries]


def conflict(call: "Call", error: Conflict) -> ApiError:
    view = call.dialect.view
    fields = view.names(error.fields)
    base, now, sent = reader(view.show(error.base)), reader(view.show(error.now)), reader(call.body)
    conflicts: list[dict[str, Any]] = []
    for field in fields:
        values = {"base": base(field), "now": now(field), "sent": sent(field)}
        conflicts.append({"field": field, **(values if call.may_read else {})})
    named = tuple(dotted(field) for field in fields[:5])
    return ApiError(409, Problem("conflict", names=named), more={"conflicts": conflicts})


def at(document: Any, field: str) -> Any:
    """What stands at a JSON pointer, items of a list being named by id, key or name; `None` where nothing does."""
    return reader(document)(field)


def reader(document: Any) -> Callable[[str], Any]:
    """`at` for many pointers into one document, which must stay as it is: each list is indexed once."""
    indexes: dict[int, dict[str, Any]] = {}

    def value_at(field: str) -> Any:
        value = document
        for part in pointer_parts(field):
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list):
                if id(value) not in indexes:
                    indexes[id(value)] = _indexed(value)
                value = indexes[id(value)].get(part)
            else:
                return None
        return value

    return value_at


def _indexed(items: list[Any]) -> dict[str, Any]:
    """Where several items have a name, the first; an id goes before a key, and that before a name."""
    index: dict[str, Any] = {}
    for key in _ITEM_KEYS:
        for item in items:
            if isinstance(item, dict) and isinstance(named := item.get(key), str):
                index.setdefault(named, item)
    return index
