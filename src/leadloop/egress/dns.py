"""DNS messages: encodes one question and decodes the addresses of its answer (RFC 1035). Pure.

It uses only records that follow from the question: the addresses of the queried name, or of the names that its aliases
point to within the same answer.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from leadloop.egress.addresses import IpAddress

A, AAAA = 1, 28
OK, NO_SUCH_NAME = 0, 3
"""The response codes that end a lookup; any other is a problem of that one server."""

_CNAME, _INTERNET = 5, 1
_HEADER_BYTES, _NAME_BYTES, _RECORD_BYTES = 12, 255, 10
_RECURSION_DESIRED = 0x0100
_IS_ANSWER, _OPERATION, _TRUNCATED, _CODE = 0x8000, 0x7800, 0x0200, 0x000F
_POINTER = 0xC0
_JUMPS = 64
_ALIASES = 16


class DnsAnswer(NamedTuple):
    code: int
    truncated: bool
    """The query has to be repeated over TCP; `addresses` is empty."""
    addresses: tuple[IpAddress, ...]


class _ResourceRecord(NamedTuple):
    owner: bytes
    kind: int
    start: int
    """Where its data begins in the message."""
    length: int


def encode_query(name: str, kind: int, number: int) -> bytes:
    """A query with one question. `name` is in ASCII, its labels have at most 63 characters; `number` is a random one of
    16 bits."""
    head = b"".join(field.to_bytes(2, "big") for field in (number, _RECURSION_DESIRED, 1, 0, 0, 0))
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").split(b"."))
    return head + labels + b"\0" + kind.to_bytes(2, "big") + _INTERNET.to_bytes(2, "big")


def decode_answer(message: bytes, query: bytes) -> DnsAnswer | None:
    """`None` for anything but a well-formed answer to `query`."""
    end = len(query)
    if len(message) < end or message[:2] != query[:2] or message[_HEADER_BYTES:end].lower() != query[12:].lower():
        return None
    flags, questions, records = (_number(message, at) for at in (2, 4, 6))
    if not flags & _IS_ANSWER or flags & _OPERATION or questions != 1:
        return None
    code = flags & _CODE
    if code != OK or flags & _TRUNCATED:
        return DnsAnswer(code, bool(flags & _TRUNCATED), ())
    try:
        return DnsAnswer(code, False, tuple(_addresses(message, query, records)))
    except (IndexError, ValueError):
        return None


def _addresses(message: bytes, query: bytes, records: int) -> Iterator[IpAddress]:
    name, after = _name(message, _HEADER_BYTES)
    kind = _number(query, after)
    answers = list(_records(message, len(query), records))
    aliases = {record.owner: _name(message, record.start)[0] for record in answers if record.kind == _CNAME}
    names = _names_behind(name, aliases)
    for record in answers:
        if record.kind == kind and record.owner in names:
            data = message[record.start : record.start + record.length]
            yield IPv4Address(data) if kind == A else IPv6Address(data)


def _names_behind(name: bytes, aliases: Mapping[bytes, bytes]) -> list[bytes]:
    names = [name]
    while names[-1] in aliases and len(names) <= _ALIASES:
        names.append(aliases[names[-1]])
    return names


def _records(message: bytes, at: int, count: int) -> Iterator[_ResourceRecord]:
    for _ in range(count):
        owner, at = _name(message, at)
        kind, network, length = _number(message, at), _number(message, at + 2), _number(message, at + 8)
        start = at + _RECORD_BYTES
        at = start + length
        if at > len(message):
            raise ValueError("a record ends beyond its message")
        if network == _INTERNET:
            yield _ResourceRecord(owner, kind, start, length)


def _name(message: bytes, at: int) -> tuple[bytes, int]:
    """A name in lower case, with dots, and the position after it."""
    labels: list[bytes] = []
    after = 0
    for _ in range(_JUMPS + _NAME_BYTES):
        length = message[at]
        if length >= _POINTER:
            after = after or at + 2
            at = _number(message, at) & 0x3FFF
        elif length == 0:
            name = b".".join(labels)
            if len(name) <= _NAME_BYTES:
                return name.lower(), after or at + 1
            break
        else:
            labels.append(message[at + 1 : at + 1 + length])
            at += 1 + length
    raise ValueError("a name without an end")


def _number(message: bytes, at: int) -> int:
    if at + 2 > len(message):
        raise ValueError("a message that ends too early")
    return int.from_bytes(message[at : at + 2], "big")
