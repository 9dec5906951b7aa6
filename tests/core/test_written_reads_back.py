"""A value that was written through a dialect reads back through it (semantics section 1)."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadloop.api import item_lists, properties, scalars, shapes
from leadloop.api.expad.wire import CART
from leadloop.api.expad.wire import special as expad
from leadloop.api.expad.wire.answers import AnswerList
from leadloop.api.expad.wire.shapes import PlainText
from leadloop.api.leadsail.wire import special as leadsail
from leadloop.api.zero_values import is_zero
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.source import SOURCES, TYPE_PREFIX, TYPES
from tests.core.desk import DIALECTS, Desk
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, property_values

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def same_json(sent: Any, shown: Any) -> bool:
    """Equal, with numbers compared as such and fractions as doubles."""
    if isinstance(sent, dict):
        return (
            isinstance(shown, dict) and sent.keys() == shown.keys() and all(same_json(sent[k], shown[k]) for k in sent)
        )
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


def reads_back(codec: scalars.Codec, sent: Any, shown: Any) -> bool:
    """Whether the shown value equals the one sent; an unset one may be shown as zero or be absent."""
    if sent is None:
        return not shown
    match codec:
        case scalars.Millionths():
            return Decimal(str(sent)) == Decimal(str(shown or 0))
        case scalars.Epoch():
            at = milliseconds(sent)
            return bool(shown == (at * 1_000 if abs(at) < 100_000_000_000 else at))
        case scalars.Instant():
            at = milliseconds(sent)
            return milliseconds(shown) == at
        case scalars.WholeNumber():
            return bool(int(sent) == shown)
        case scalars.AnyJson():
            return same_json(sent, shown)
        case PlainText() if isinstance(sent, dict):
            return bool(shown.startswith("{"))
        case shapes.ListOf():
            sent = [item for item in sent if not codec.codec.is_zero(item)]
            return all(reads_back(codec.codec, item, other) for item, other in zip(sent, shown or [], strict=True))
        case shapes.Shape() if codec.is_zero(sent):
            return not shown
        case shapes.Shape():
            return object_reads_back(codec, sent, shown)
    return bool(sent == shown) or (sent == "" and not shown)


def object_reads_back(shape: shapes.Shape, sent: Any, shown: Any) -> bool:
    """By the members that were sent. Times of receipt and completion and a line's amount and total that are left open
    are filled in.
    """
    open_members = {name for name in ("createdAt", "completedAt", "value") if sent.get(name) in (None, 0, "0")}
    open_members |= {name for name in ("amount",) if sent.get(name) is None}
    members = [name for name in shape.members if name in sent and name not in open_members]
    return all(reads_back(shape.members[name][1], sent[name], (shown or {}).get(name)) for name in members)


def map_reads_back(field: properties.MergedMap, sent: Any, shown: Any, before: Any) -> bool:
    for key, value in sent.items():
        if isinstance(field, expad.StepTimes) and value in (0, "0"):
            expected = (before or {}).get(key)
            if (shown or {}).get(key) != expected:
                return False
        elif value is None:
            if key in (shown or {}):
                return False
        elif not reads_back(field._codecs.get(key, field._codec), value, (shown or {}).get(key)):
            return False
    return True


def items_read_back(field: item_lists.ItemList, sent: Any, shown: Any, before: Any) -> bool:
    """Of single items: `sent` has at most one."""
    for one_sent in sent:
        if field._shape.is_zero(one_sent):
            continue
        item, key = one_sent, one_sent.get(field._key)
        if isinstance(field, AnswerList) and not key:
            key = key_meant(item["name"], before or [])
            item = {name: member for name, member in item.items() if name != "name"}
        candidates = [candidate for candidate in shown or [] if key is None or candidate[field._key] == key]
        if isinstance(field, AnswerList) and item.get("value", "") is None:
            if candidates:
                return False
        elif key and not any(object_reads_back(field._shape, item, candidate) for candidate in candidates):
            return False
        elif not key and len(shown or []) <= len(before or []) and item.keys() & field._shape.members.keys():
            return not any(item[name] for name in item.keys() & field._shape.members.keys())
    return True


def key_meant(name: str, before: list[Any]) -> str:
    """Of a field without an id: by its exact name, else by the name in another spelling, else the name itself."""
    exact = [old["id"] for old in before if old["name"] == name]
    alike = [old["id"] for old in before if matching_name(old["name"]) == matching_name(name) != ""]
    return str([*exact, *alike, name][0])


def tags_read_back(field: properties.Property, sent: Any, shown: Any) -> bool:
    if isinstance(field, expad.TagSet):
        kept = [tag for tag in sent if tag.get("id") or tag.get("name")]
        return len(kept) == len(shown) and all(map(object_reads_back, [field._shape] * len(kept), kept, shown))
    return sorted(set(sent)) == sorted(shown or [])


def text_reads_back(field: properties.Property, sent: Any, shown: Any, desk: Desk) -> bool:
    """The properties that are one text, each with a rule of its own."""
    text = sent or ""
    match field:
        case expad.NoteText():
            return bool(shown == text) or any((note.text or "") == text for note in desk.present.notes)
        case expad.StageName():
            text = re.sub(r"^[\s\ufeff]+|[\s\ufeff]+$", "", text)
            upper = text.upper()
            return bool(shown == (upper if upper in ("NEW", "ACTIVE", "COMPLETE", "LOST") else text or "NEW"))
        case leadsail.Status():
            return bool(shown == (text or "new"))
        case expad.SourceName():
            spelled = text.strip().upper()
            return shown in SOURCES and (not text or shown == (spelled if spelled in SOURCES else "CUSTOM"))
        case expad.TypeName():
            word = text.strip().upper()
            known_type = word.removeprefix(TYPE_PREFIX) in TYPES
            return bool(shown == (word if known_type else f"{TYPE_PREFIX}{'CUSTOM' if text else 'UNSPECIFIED'}"))
    return bool(shown == text)


def property_reads_back(name: str, field: properties.Property, sent: Any, before: Any, desk: Desk, shown: Any) -> bool:
    match field:
        case properties.ServerField() | leadsail.RemovedAnswers():
            return True
        case properties.StoredField() if field._codec is CART and sent and sent.get("leadProducts"):
            return cart_reads_back(sent["leadProducts"], shown["leadProducts"] if shown else [], before)
        case properties.StoredField() if name == "leadDate" and sent in (None, 0, "0"):
            return bool(shown == desk.present.created_at_ms)
        case properties.StoredField() | properties.PartMember() | properties.MapEntry():
            return reads_back(field._codec, sent, shown)
        case leadsail.Clicks() if sent:
            params = map_reads_back(field._PARAMS, sent.get("params") or {}, (shown or {}).get("params"), None)
            return params and object_reads_back(field._PART._shape, sent, shown)
        case leadsail.Reposts():
            return same_json([item for item in sent or [] if not is_zero(item)], shown or [])
        case properties.MergedPart() if sent:
            return object_reads_back(field._shape, sent, shown)
        case properties.MergedMap() if sent:
            return map_reads_back(field, sent, shown, before)
        case item_lists.ItemList() if sent is not None:
            return items_read_back(field, sent, shown, before)
        case expad.TagSet() | leadsail.TagNames() if sent:
            return tags_read_back(field, sent, shown)
        case expad.LastMessage() if sent and sent.get("id") and len(sent) > 1:
            return object_reads_back(field._shape, sent, field._shape.show_in(desk.present, desk.messages[sent["id"]]))
        case expad.CampaignIds() if sent and "ctwaClid" in sent:
            return bool((shown or {}).get("ctwaClid", "") == (sent["ctwaClid"] or ""))
        case expad.DeletionMark():
            return shown is bool(sent)
    return text_reads_back(field, sent, shown, desk) if isinstance(sent, str) else sent in (None, {}, []) or bool(sent)


def cart_reads_back(sent: list[Any], shown: list[Any], before: Any) -> bool:
    """A total that equals the one shown before may have been computed again."""
    if before and before["leadProducts"]:
        sent = [{name: member for name, member in line.items() if name != "value"} for line in sent]
    line_shape = CART.members["leadProducts"][1]
    return reads_back(line_shape, sent, shown)


def check(name: str, dialect: str, history: History, sent: Any) -> None:
    desk = desk_with(history)
    present = DIALECTS[dialect]
    before = present.show(desk.present).get(name)
    sent = sent[:1] if isinstance(sent, list) and isinstance(present.table[name], item_lists.ItemList) else sent
    sent = sent[:1] if name == "tags" and dialect == "expad" and sent else sent
    refused = name in ("name", "email", "phoneNumber") and not any(map(str.isalnum, sent or ""))
    desk.patch(present, {name: sent})
    if not refused:
        shown = present.show(desk.present).get(name)
        assert property_reads_back(name, present.table[name], sent, before, desk, shown), (sent, shown)


def written(table: dict[str, properties.Property]) -> st.SearchStrategy[tuple[str, Any]]:
    values = {name: property_values(field, identified=True) for name, field in table.items()}
    return st.sampled_from(list(table)).flatmap(lambda name: st.tuples(st.just(name), values[name]))


@examples(80)
@given(history=HISTORIES, member=written(EXPAD))
def test_what_was_written_through_expad(history: History, member: tuple[str, Any]) -> None:
    check(member[0], "expad", history, member[1])


@examples(80)
@given(history=HISTORIES, member=written(LEADSAIL))
def test_what_was_written_through_leadsail(history: History, member: tuple[str, Any]) -> None:
    check(member[0], "leadsail", history, member[1])
