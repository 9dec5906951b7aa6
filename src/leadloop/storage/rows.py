"""Converts rows to structs and back. The columns have the order of the SELECT or INSERT."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from leadloop.core.accounts import Account
from leadloop.core.changes import Change, FieldChange
from leadloop.core.instance import Instance
from leadloop.core.keys import ApiKey
from leadloop.core.leads.parts import Message, User
from leadloop.derived.stage_moves import new_stage

Row = tuple[Any, ...]
"""A row to be written: its values in the order of the statement's columns."""
DatabaseRow = Iterable[Any]
"""A row as a driver returns it."""

_ENCODE = msgspec.json.Encoder().encode
_ENCODE_SORTED = msgspec.json.Encoder(order="sorted").encode
_DECODE_FIELDS = msgspec.json.Decoder(list[FieldChange]).decode
_DECODE_SCOPES = msgspec.json.Decoder(list[str]).decode
_DECODE_HOURS = msgspec.json.Decoder(dict[str, tuple[tuple[str, str], ...]]).decode
_DECODE_NAMES = msgspec.json.Decoder(tuple[str, ...]).decode
user: Callable[[str], User] = msgspec.json.Decoder(User).decode
_DECODE_MESSAGE = msgspec.json.Decoder(Message).decode


def change(account_id: str, row: DatabaseRow) -> Change:
    lead_id, version, position, at_ms, actor, dialect, request_id, fields = row
    return Change(
        account_id=account_id,
        lead_id=lead_id,
        version=version,
        position=position,
        at_ms=at_ms,
        actor=actor,
        dialect=dialect,
        request_id=request_id,
        fields=_DECODE_FIELDS(fields),
    )


def change_row(record: Change, position: int) -> Row:
    return (
        record.account_id,
        record.lead_id,
        record.version,
        position,
        record.at_ms,
        record.actor,
        record.dialect,
        record.request_id,
        fields_json(record),
        new_stage(record),
    )


def fields_json(record: Change) -> str:
    return _ENCODE(record.fields).decode()


def as_json(table: list[Any]) -> str:
    """A whole table as one text: half the cost of one array per column, which a driver encodes value by value."""
    return _ENCODE(table).decode()


NEWEST = (2**53 - 1, "")
"""Every message comes before it."""


def message(doc: str) -> Message:
    return _DECODE_MESSAGE(doc)


def message_json(message: Message) -> str:
    return _ENCODE_SORTED(message).decode()


def account(row: DatabaseRow) -> Account:
    account_id, name, created_at_ms, asks_version, auto_attribution, country, keys_format, *settings = row
    currency, time_zone, language, agents_see_own, contact_goal_minutes, office_hours, stage_order, is_test = settings
    return Account(
        id=account_id,
        name=name,
        created_at_ms=created_at_ms,
        asks_version=bool(asks_version),
        auto_attribution=bool(auto_attribution),
        country=country,
        keys_format=keys_format,
        currency=currency,
        time_zone=time_zone,
        language=language,
        agents_see_own=bool(agents_see_own),
        contact_goal_minutes=contact_goal_minutes,
        office_hours=None if office_hours is None else _DECODE_HOURS(office_hours),
        stage_order=_DECODE_NAMES(stage_order),
        is_test=bool(is_test),
    )


def account_row(account: Account) -> Row:
    return account.id, account.name, account.created_at_ms, *account_options(account), account.is_test


def account_options(account: Account) -> Row:
    """The columns of an account that can change, except its name."""
    return (
        account.asks_version,
        account.auto_attribution,
        account.country,
        account.keys_format,
        account.currency,
        account.time_zone,
        account.language,
        account.agents_see_own,
        account.contact_goal_minutes,
        None if account.office_hours is None else _ENCODE(account.office_hours).decode(),
        _ENCODE(account.stage_order).decode(),
    )


def key(row: DatabaseRow) -> ApiKey:
    key_id, account_id, name, scopes, digest, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms, *rest = row
    created_by, last_used_from, replaces = rest
    return ApiKey(
        id=key_id,
        account_id=account_id,
        name=name,
        scopes=_DECODE_SCOPES(scopes),
        digest=digest,
        created_at_ms=created_at_ms,
        expires_at_ms=expires_at_ms,
        revoked_at_ms=revoked_at_ms,
        last_used_at_ms=last_used_at_ms,
        created_by=created_by,
        last_used_from=last_used_from,
        replaces=replaces,
    )


def key_row(key: ApiKey) -> Row:
    return (
        key.id,
        key.account_id,
        key.name,
        _ENCODE(key.scopes).decode(),
        key.digest,
        key.created_at_ms,
        key.expires_at_ms,
        key.revoked_at_ms,
        key.last_used_at_ms,
        key.created_by,
        key.last_used_from,
        key.replaces,
    )


def instance_row(instance: Instance) -> Row:
    return instance.id, instance.pepper_check, instance.created_at_ms, instance.format


def instance(row: DatabaseRow) -> Instance:
    instance_id, pepper_check, created_at_ms, format = row
    return Instance(id=instance_id, pepper_check=pepper_check, created_at_ms=created_at_ms, format=format)
