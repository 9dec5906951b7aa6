"""Completes a query: the fields, and those values of a field that are the same in every account. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from leadloop.core.days import local
from leadloop.core.leads.source import SOURCES, TYPES
from leadloop.core.leads.status import GROUPS
from leadloop.core.search import fields
from leadloop.core.search.folding import whole
from leadloop.core.search.read import ME
from leadloop.core.search.show import quoted
from leadloop.core.search.values import Moment

MOST = 20
"""How many completions are offered."""

Labels = Callable[[str, str], str]
"""What a person calls a value of a field; of a field itself, if the first argument is empty."""


class QueryCompletion(NamedTuple):
    value: str
    """Ready to paste into a query: quoted where it must be."""
    label: str


class Candidate(NamedTuple):
    """What may be offered. `texts` are all by which it is found, folded as `whole` does."""

    value: str
    label: str
    texts: Sequence[str]
    is_archived: bool = False


def best(candidates: Iterable[Candidate], q: str) -> list[QueryCompletion]:
    """Those with a text that contains `q`: first where a text begins with it, then where a word does. Archived ones are
    last. Otherwise the order stays."""
    wanted = whole(q)
    ranked: list[tuple[bool, int, int, Candidate]] = []
    for candidate in candidates:
        rank = min((_rank(text, wanted) for text in candidate.texts), default=_NONE)
        if rank < _NONE:
            ranked.append((candidate.is_archived, rank, len(ranked), candidate))
    return [QueryCompletion(candidate.value, candidate.label) for *_, candidate in sorted(ranked)[:MOST]]


_NONE = 3


def _rank(text: str, wanted: str) -> int:
    if wanted not in text:
        return _NONE
    return 0 if text.startswith(wanted) else 1 if f" {wanted}" in text else 2


def field_names(label: Labels) -> list[Candidate]:
    """All fields, with what follows the name in a query."""
    return [
        _fixed(f"{field}>=" if field == "value" else f"{field}:", label("", field), field) for field in _COMMON_FIRST
    ]


def fixed_values(field: str, moment: Moment, label: Labels, *, is_compared: bool = False) -> list[Candidate]:
    """The values of a field that do not depend on the account. `is_compared` after `<` and `>`, where no ranges are."""
    is_time = field in fields.MEASURES and field != "value"
    values = _times(moment, is_compared=is_compared) if is_time else _FIXED.get(field, ())
    return [_fixed(value, label(field, value), value) for value in values]


def value_of(field: str, text: str) -> str:
    """A text as a value in a query, with single spaces and without invisible characters, which searches ignore."""
    value = " ".join("".join(c for c in text if c not in _INVISIBLE).split())
    return f'"{value}"' if field == "user" and whole(value) == ME else quoted(value)


_INVISIBLE = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_COMMON = ("stage", "user", "tag", "source", "created", "value", "has", "unit", "product", "status", "date")
_COMMON_FIRST = (*_COMMON, *(field for field in fields.FIELDS if field not in _COMMON))
_COMMON_SOURCES = ("WHATSAPP", "GOOGLE", "INSTAGRAM", "FACEBOOK", "WEBSITE", "PHONE", "REFERRAL", "ORGANIC")
_FIXED: dict[str, Sequence[str]] = {
    "stage": tuple(GROUPS),
    "status": tuple(status for statuses in GROUPS.values() for status in statuses),
    "source": (*_COMMON_SOURCES, *sorted(SOURCES - {"CUSTOM", *_COMMON_SOURCES})),
    "type": sorted(TYPES - {"CUSTOM", "UNSPECIFIED"}),
    fields.HAS: fields.OPTIONAL,
}


def _fixed(value: str, label: str, text: str) -> Candidate:
    return Candidate(value, label, tuple({whole(text), whole(label)}))


def _times(moment: Moment, *, is_compared: bool) -> Sequence[str]:
    today = local(moment.now_ms, moment.zone).date()
    last_month = today.replace(day=1) - timedelta(days=1)
    spans = ("-7d", "-30d") if is_compared else ("-6d..today", "-29d..today")
    months = (day.isoformat()[:7] for day in (today, last_month))
    return ["today", "yesterday", *spans, *months, today.isoformat()[:4]]
