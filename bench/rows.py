"""The rows that leadloop writes on PostgreSQL for the PATCHes of a mix, for pgbench to write the same. Pure.

The bodies of a mix are applied to leads of the benchmark; those that write rows of the same tables in the same numbers
form one group, whose first change stands for all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from random import Random

import msgspec
from msgspec import Struct

from bench import mix
from bench.leads import END_MS
from leadloop.api.expad import wire
from leadloop.api.properties import read_patch
from leadloop.core.ids import Stamp
from leadloop.core.leads.matching import no_country
from leadloop.core.leads.model import Lead
from leadloop.core.problems import Problems
from leadloop.core.writes.unit import Saved
from leadloop.core.writes.use_cases import change
from leadloop.derived.columns import columns
from leadloop.derived.facts import FACTS
from leadloop.derived.projection import Parts, difference, touched_parts
from leadloop.derived.words import index_entry
from leadloop.storage.postgres import search

NUMBER = "12345678"
"""The number of the prebuilt bodies; rows.sql replaces it."""
_PROPERTIES = wire.properties()


class Group(Struct, frozen=True):
    """Changes that write alike. `share` counts them."""

    share: int
    parts: frozenset[str]
    """The parts of rows.sql that write more than the lead, its record and the feed."""
    variables: Mapping[str, str]


def groups(name: str, leads: Iterable[Lead]) -> Sequence[Group]:
    """The groups of a mix, the most frequent first."""
    by_rows: dict[tuple[object, ...], list[dict[str, str]]] = {}
    for text, lead in zip(mix.bodies(name), cycle(leads), strict=False):
        variables = _variables(lead, _change(lead, text.replace(mix.MARK, NUMBER)))
        facts = variables["facts"].count("traits")
        key = (facts, *(variables[flag] for flag in ("terms", "email", "phone", "index")), bool(variables["message"]))
        by_rows.setdefault(key, []).append(variables)
    ordered = sorted(by_rows.values(), key=len, reverse=True)
    return [Group(len(alike), _parts(alike[0]), alike[0]) for alike in ordered]


def _change(lead: Lead, text: str) -> Saved:
    patch = read_patch(_PROPERTIES, json.loads(text), lead, Problems())
    entropy = Random(text).randbytes(16)
    saved = change(lead, patch, Stamp(END_MS, entropy, "req_0", "key:bench", "expad"))
    if saved is None:
        raise ValueError("a body of the mix changes nothing")
    return saved


def _variables(before: Lead, saved: Saved) -> dict[str, str]:
    after, parts = saved.lead, touched_parts(saved.change.fields)
    index = search.IndexRows([], [], [])
    search.add_rows(index, before, after, parts, 1, no_country)
    terms = sorted({term.field for term in index.terms})
    edits = [edit.gone is not None for edit in index.edits]
    old, new = columns(before), columns(after)
    return {
        "fields": msgspec.json.encode(saved.change.fields).decode(),
        "message": msgspec.json.encode(saved.message).decode() if saved.message else "",
        "facts": json.dumps(_facts(before, after, parts)),
        "terms": "{" + ",".join(terms) + "}",
        "index": "" if not edits else "words" if edits[0] else "place",
        "words": _words(after) if edits and edits[0] else "",
        "email": str(old.email_key != new.email_key),
        "phone": str(old.phone_key != new.phone_key),
        "stage": str(old.stage != new.stage),
        "status": str(old.status != new.status),
        "value": str(old.sale_value_micros != new.sale_value_micros),
    }


def _facts(before: Lead, after: Lead, parts: Parts) -> list[dict[str, object]]:
    rows = difference(FACTS, before, after, parts)
    facts = {} if rows is None else {row[2]: row for row in (*rows.removed, *rows.added)}
    names = ("n", "amount_micros", "value_micros", "traits")
    return [dict(zip(names, (number, *row[4:]), strict=True)) for number, row in facts.items()]


def _words(lead: Lead) -> str:
    entry = index_entry(lead)
    return (search.entry_row(entry, 1).words or "") if entry else ""


def _parts(variables: Mapping[str, str]) -> frozenset[str]:
    has = {name: variables[name] not in ("", "[]", "{}") for name in ("message", "facts", "terms")}
    return frozenset([*(name for name, is_there in has.items() if is_there), *filter(None, [variables["index"]])])
