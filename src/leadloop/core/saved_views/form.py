"""Bodies about saved views, and how a view is shown (own.md section 3). Pure."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from leadloop.core.problems import Problems
from leadloop.core.readers import Field, ValueReader, flag, name, one_of, read_members, require, set_of
from leadloop.core.saved_views.model import SavedView
from leadloop.core.search.errors import SearchError
from leadloop.core.search.read import read
from leadloop.core.sorts import NEWEST_FIRST, SORTS

OWNED = ("id", "owner")
"""Members that only the server writes."""
COLUMN_LIMIT = 40
SOMEBODY = ("somebody",)
"""Stands for whoever uses a view, while its search is checked."""
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def read_new(body: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    """Attribute → value. Raises `InvalidFields`."""
    problems = Problems()
    members = read_members(problems, body, _fields(at_ms), ())
    require(problems, body, "name")
    problems.finish()
    return members


def read_change(view: SavedView, body: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    """Attribute → new value. Raises `InvalidFields`."""
    problems = Problems()
    members = read_members(problems, body, _fields(at_ms), OWNED, show(view))
    problems.finish()
    return members


def show(view: SavedView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "search": view.search,
        "sort": view.sort,
        "columns": list(view.columns),
        "shared": view.is_shared,
        "owner": view.owner,
    }


def _fields(at_ms: int) -> dict[str, Field]:
    """`at_ms` is the time for which a search with relative times is checked."""
    return {
        "name": Field("name", name, UNSET),
        "search": Field("search", _search(at_ms), ""),
        "sort": Field("sort", one_of(*SORTS), NEWEST_FIRST),
        "columns": Field("columns", set_of(_column, COLUMN_LIMIT), ()),
        "shared": Field("is_shared", flag, False),
    }


def _search(at_ms: int) -> ValueReader:
    def read_search(value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return problems.refuse(at, "text_expected")
        text = value.strip()
        try:
            read(text, now_ms=at_ms, me=SOMEBODY)
        except SearchError as error:
            leading = len(value) - len(value.lstrip())
            return problems.refuse(at, "search_at", character=leading + error.at + 1, problem=error.problem)
        return text

    return read_search


def _column(value: Any, at: str, problems: Problems) -> Any:
    is_name = isinstance(value, str) and _COLUMN.fullmatch(value)
    return value if is_name else problems.refuse(at, "column_expected")
