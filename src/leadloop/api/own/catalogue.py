"""The catalogue (units, users, tags, ...) and automatic assignment: `/api/v1/catalogue`, `/api/v1/attribution`.

docs/catalogue.md is their guide.
"""

from collections.abc import Callable, Mapping
from functools import partial

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.errors import ApiError, error_with_details, invalid_field, lines
from leadloop.api.guard import Caller
from leadloop.api.outside_ids import trim
from leadloop.api.own import catalogue_form as form
from leadloop.api.own.paging import LIMIT, MAX_LIMIT
from leadloop.api.pages import limit_unread, render_page
from leadloop.api.queries import decode_token, encode_token, parse_parameter, read_number, read_text
from leadloop.core import account_settings
from leadloop.core.catalogue import manage
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import KINDS, Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.errors import EntryExists, EntryNotFound, Problem
from leadloop.core.leads.normalize import name_key
from leadloop.core.pages import PAGE_LIMIT_BYTES

READ, WRITE = "leads:read", "leads:write"
"""Managing needs no scope of its own: writing leads already adds entries, and can assign leads to anybody."""

NO_KIND = Problem("kind_not_found", kinds=tuple(KINDS))


def routes() -> list[Route]:
    entries, entry = "/api/v1/catalogue/{kind}", "/api/v1/catalogue/{kind}/{entry_id}"
    of_kind = partial(Route, check=_check_kind)
    return [
        of_kind("GET", entries, READ, limit_unread(list_entries), query=("limit", "cursor", "archived", "q")),
        of_kind("POST", entries, WRITE, create, Takes.OBJECT),
        of_kind("GET", entry, READ, get),
        of_kind("PATCH", entry, WRITE, update, Takes.OBJECT),
        of_kind("POST", entry + "/archive", WRITE, archive),
        of_kind("POST", entry + "/restore", WRITE, restore),
        Route("GET", "/api/v1/attribution", READ, attribution),
        Route("PATCH", "/api/v1/attribution", WRITE, update_attribution, Takes.OBJECT),
    ]


NUL = "\0"
"""PostgreSQL cannot store it in a text."""
_ARCHIVED: dict[str, list[bool | None]] = {"true": [True], "false": [False], "all": [None]}


async def list_entries(call: Call) -> Answer:
    kind, limit = _kind(call), read_number(call.request, "limit", LIMIT, 1, MAX_LIMIT)
    after = parse_parameter(call.request, "cursor", _cursor, Problem("list_cursor_expected", member="nextCursor"))
    [archived] = parse_parameter(call.request, "archived", _ARCHIVED.get, Problem("archived_expected")) or [False]
    query = EntryQuery(
        account_id=call.caller.account_id,
        kind=kind,
        limit=limit + 1,
        after=after,
        part=name_key(read_text(call.request, "q")),
        archived=archived,
    )
    page = await render_page(await call.store.catalogue.page(query, PAGE_LIMIT_BYTES), limit, form.show)
    next_cursor = encode_token(query.behind(page.last).after) if page.has_more and page.last else None
    data = {"entries": page.items, "nextCursor": next_cursor, "hasMore": next_cursor is not None}
    return success(data, size=page.size)


async def create(call: Call) -> Answer:
    kind = _kind(call)
    members = form.new(kind, call.body)
    entry_id, name = members.pop("id", None), members.pop("name")

    is_new = True

    def change(catalogue: Catalogue) -> Entry:
        nonlocal is_new
        entry = manage.create(catalogue, kind, entry_id, name, members, call.stamp.at_ms)
        is_new = entry is not catalogue.by_key(kind, entry.key)
        return entry

    entry = await _change_entry(call, change)
    return success(form.show(entry), status=201 if is_new else 200)


async def get(call: Call) -> Answer:
    return success(form.show(await _load_entry(call)))


async def update(call: Call) -> Answer:
    kind, entry = _kind(call), await _load_entry(call)
    changes = form.changes(entry, call.body)
    return await _answer_change(
        call, lambda catalogue: manage.update(catalogue, kind, entry.id, changes, call.stamp.at_ms)
    )


async def archive(call: Call) -> Answer:
    return await _archive(call, archived=True)


async def restore(call: Call) -> Answer:
    return await _archive(call, archived=False)


async def _archive(call: Call, *, archived: bool) -> Answer:
    kind, entry_id = _kind(call), _entry_id(call)
    return await _answer_change(
        call, lambda catalogue: manage.archive(catalogue, kind, entry_id, call.stamp.at_ms, archived=archived)
    )


async def _answer_change(call: Call, change: Callable[[Catalogue], Entry]) -> Answer:
    return success(form.show(await _change_entry(call, change)))


async def _change_entry(call: Call, change: Callable[[Catalogue], Entry]) -> Entry:
    """Raises `ApiError` 409 with the member that is taken."""
    try:
        return await call.store.catalogue.manage(call.caller.account_id, change)
    except EntryExists as error:
        taken = Problem("member_taken", f"/{form.wire_name(error.member)}", entry_id=error.entry_id)
        raise ApiError(409, error.problem, more={"details": lines([taken])}) from error


async def attribution(call: Call) -> Answer:
    account = await call.store.accounts.get(call.caller.account_id)
    assert account is not None, "a key has an account"
    return success({"enabled": account.auto_attribution})


async def update_attribution(call: Call) -> Answer:
    enabled = form.enabled(call.body)
    if enabled is not None:
        changes = {"autoAttribution": enabled}
        await account_settings.change(call.store, call.stamp, call.caller.account_id, changes)
    return await attribution(call)


def _check_kind(caller: Caller, path: Mapping[str, str]) -> None:
    """Raises `ApiError` 404 with the list of kinds."""
    if path["kind"] not in KINDS:
        raise error_with_details(404, NO_KIND)


def _kind(call: Call) -> str:
    kind: str = call.request.path_params["kind"]
    return kind


async def _load_entry(call: Call) -> Entry:
    """The entry of the path. Raises `EntryNotFound`, `ApiError` 400."""
    kind, entry_id = _kind(call), _entry_id(call)
    entry = None if NUL in entry_id else await call.store.catalogue.entry(call.caller.account_id, kind, entry_id)
    if entry is None:
        raise EntryNotFound
    return entry


def _entry_id(call: Call) -> str:
    """The id in the path. Raises `ApiError` 400 for `.`, `..` and blanks, which cannot be ids."""
    entry_id: str = call.request.path_params["entry_id"]
    if trim(entry_id) in ("", ".", ".."):
        raise invalid_field("id", "entry_id_blank")
    return entry_id


def _cursor(text: str) -> tuple[str, str] | None:
    """The position of a page's last entry: its name key and id."""
    position = decode_token(text, tuple[str, str])
    return None if position is None or NUL in "".join(position) else position
