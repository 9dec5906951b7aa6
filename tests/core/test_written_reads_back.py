"""What was written through a dialect reads back through it (semantics section 1)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadloop.api import kinds, properties, shapes
from leadloop.api.expad.wire import CART
from leadloop.api.expad.wire import special as expad
from leadloop.api.expad.wire.shapes import PlainText
from leadloop.api.leadsail.wire import special as leadsail
from leadloop.core.leads.source import SOURCES, TYPE_PREFIX, TYPES
from tests.core.desk import DIALECTS, Desk
from tests.core.histories import HISTORIES, History, told
from tests.support.strategies import EXPAD, LEADSAIL, examples, property_values

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def same_json(sent: Any, shown: Any) -> bool:
    """Equal, with numbers compared as such and fractions as doubles."""
    if isinstance(sent, dict):
        return isinstance(shown, dict) and sent.keys() == shown.keys() and all(same_json(sent[k], shown[k]) for k in sent)
    if isinstance(sent, list):
        return isinstance(shown, list) and len(sent) == len(shown) and all(map(same_json, sent, shown))
    if isinstance(sent, Decimal):
        return not isinstance(shown, bool) and float(sent) == float(shown)
    return type(sent) is type(shown) and bool(sent == shown)


def milliseconds(sent: Any) -> int:
    """An epoch or an ISO 8601 time, by the rules of the two dialects."""
    if isinstance(sent, str) and not sent.lstrip("-").isdigit():
        at = datetime.fromisoformat(sent)
        since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    return int(sent)


def reads_back(kind: kinds.Kind, sent: Any, shown: Any) -> bool:
    """Whether a value that is shown is the one that was sent; what is unset may show as zero or not at all."""
    if sent is None:
        return not shown
    match kind:
        case kinds.Millionths():
            return Decimal(str(sent)) == Decimal(str(shown or 0))
        case kinds.Epoch():
            at = milliseconds(sent)
            return bool(shown == (at * 1_000 if abs(at) < 100_000_000_000 else at))
        case kinds.Instant():
            at = milliseconds(sent)
            return milliseconds(shown) == at
        case kinds.Whole():
            return int(sent) == shown
        case kinds.Free():
            return same_json(sent, shown)
        case PlainText() if isinstance(sent, dict):
            return bool(shown.startswith("{"))
        case shapes.ListOf():
            return all(reads_back(kind.kind, one, other) for one, other in zip(sent, shown or [], strict=True))
        case shapes.Shape():
            return object_reads_back(kind, sent, shown)
    return bool(sent == shown) or (sent == "" and not shown)


def object_reads_back(shape: shapes.Shape, sent: Any, shown: Any) -> bool:
    members = {name: sent[name] for name in shape.members if name in sent}
    for name in ("createdAt", "value"):
        if not members.get(name) or int(Decimal(str(members[name])) if name == "value" else 0):
            members.pop(name, None) if not members.get(name) else None
    return all(reads_back(shape.members[name][1], value, (shown or {}).get(name)) for name, value in members.items())
