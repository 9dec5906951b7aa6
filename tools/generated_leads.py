"""Random leads made from the types of their fields, to record what reads them. A field that is new is generated too.

Each field has a source of chance of its own, so that a new field leaves the others as they were.
"""

from random import Random
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.source import SOURCES, TYPE_PREFIX, TYPES
from leadloop.core.leads.status import STATUSES

TEXTS = ("", "a", "b", "Ana Souza", "São José", "x1", "77", "0")
KEYS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "x")
NUMBERS = (0, 1, 5_000_000, -7, 1_770_000_000_000)
OWN_TEXTS: dict[str, tuple[Any, ...]] = {
    "stage": ("NEW", "ACTIVE", "COMPLETE", "COMPLETE", "complete ", "LOST", "Visita"),
    "status": tuple(sorted(STATUSES)),
    "source": (*sorted(SOURCES), "CUSTOM", "CUSTOM", "Feira"),
    "type": (*sorted(TYPES), "CUSTOM", TYPE_PREFIX + "CALL", "Visita"),
    "email": ("ana@x.test", "Ana.Souza@x.test", "a@b", "no address"),
    "phone": ("11987654321", "(11) 98765-4321", "+55 11 98765-4321", "+1 202 555 0123", "2025550123", "123", "x"),
    "phone_region": ("BR", "US"),
    "country": ("BR", "US", "Brasil", "x"),
    "currency": ("BRL", "USD"),
}
ALWAYS: dict[str, Any] = {"format": FORMAT, "account_id": "a" * 24, "id": "b" * 24, "version": 3}
SHARES = (0.95, 0.6, 0.3, 0.1)
"""How many of the fields are set, in turn."""
DELETED_SHARE = 0.1


def generated_lead(seed: int) -> Lead:
    """The same for the same seed."""
    names = Lead.__struct_fields__
    return Lead(**{name: value for name in names if (value := field_value(seed, name)) is not None})


def field_value(seed: int, name: str) -> Any:
    """`None` for a field that is left as it is by default."""
    if name in ALWAYS:
        return ALWAYS[name]
    chance = Random(f"{seed} {name}")
    share = DELETED_SHARE if name == "deleted_at_ms" else SHARES[seed % len(SHARES)]
    return other_value(chance, name) if name in _REQUIRED or chance.random() < share else None


def other_value(chance: Random, name: str) -> Any:
    """Some value that a field of the lead can have, unset left out."""
    if name in OWN_TEXTS:
        return chance.choice(OWN_TEXTS[name])
    if name == "params":
        return {key: chance.choice(TEXTS) for key in KEYS if chance.random() < 0.5}
    return _value(chance, _HINTS[name])


def _value(chance: Random, kind: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _value(chance, next(member for member in inner if member is not type(None)))
    if origin is list:
        return [_value(chance, inner[0]) for _ in range(chance.randint(0, 2))]
    if origin is dict:
        return {chance.choice(KEYS): _value(chance, inner[1]) for _ in range(chance.randint(0, 2))}
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _struct(chance, kind)
    if kind is bool:
        return chance.random() < 0.5
    return chance.choice(NUMBERS if kind is int else TEXTS)


def _struct(chance: Random, kind: type[Struct]) -> Any:
    hints, required = get_type_hints(kind), {member.name for member in structs.fields(kind) if member.required}
    names = [name for name in kind.__struct_fields__ if name in required or chance.random() < 0.5]
    return kind(**{name: _member(chance, name, hints[name]) for name in names})


def _member(chance: Random, name: str, kind: Any) -> Any:
    """Salespeople have addresses like leads: one that is none identifies nobody."""
    return chance.choice(OWN_TEXTS[name]) if name == "email" else _value(chance, kind)


_HINTS = get_type_hints(Lead)
_REQUIRED = {member.name for member in structs.fields(Lead) if member.required}
