"""A name server on loopback with scripted answers: true, false or none."""

import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

A, AAAA, CNAME = 1, 28, 5
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME, REFUSED = 0, 2, 3, 5


class Record(NamedTuple):
    """`value` is an address, or the target of an alias."""

    value: str
    owner: str = ""
    """By default the name of the query."""


class Say(NamedTuple):
    """The answer to one query, without addresses of the other version of IP."""

    records: Sequence[Record] = ()
    code: int = NO_ERROR
    truncated: bool = False
    silent: bool = False
    spoil: Callable[[bytes], bytes] = bytes
    """Changes the message before it is sent."""


Script: TypeAlias = Callable[[int], Say]
"""The answer to the n-th query, counted from 0, for a name under one version of IP."""


def always(*values: str) -> Script:
    return lambda _: Say([Record(value) for value in values])


def in_turn(*values: str) -> Script:
    return lambda n: Say([Record(values[n % len(values)])])


class NameServer:
    """A context manager. Names that are not in `scripts` do not exist."""

    def __init__(self, scripts: Mapping[str, Script], over_tcp: Mapping[str, Script] | None = None) -> None:
        self._scripts = {"udp": scripts, "tcp": over_tcp if over_tcp is not None else scripts}
        self.asked = Counter[tuple[str, int, str]]()
        """Counts queries by name, kind and transport."""
        self._tcp, self._udp = self._open()
        self.server: tuple[str, int] = ("127.0.0.1", int(self._udp.server_address[1]))
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.01,)) for server in (self._udp, self._tcp)
        ]

    def say(self, question: bytes, transport: str) -> bytes | None:
        name, kind = _asked(question)
        count = self.asked[name, kind, transport]
        self.asked[name, kind, transport] += 1
        script = self._scripts[transport].get(name)
        said = script(count) if script else Say(code=NO_SUCH_NAME)
        return None if said.silent else said.spoil(_message(question, name, kind, said))

    def _open(self) -> tuple[socketserver.TCPServer, socketserver.UDPServer]:
        """Binds both sockets to one port that is free for both."""
        while True:
            stream = socketserver.TCPServer(("127.0.0.1", 0), self._handler(_Stream))
            try:
                return stream, socketserver.UDPServer(stream.server_address, self._handler(_Datagram))
            except OSError:
                stream.server_close()

    def _handler(self, base: type["_Talk"]) -> type["_Talk"]:
        return type(base.__name__, (base,), {"said": self.say})

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()


class _Talk(socketserver.BaseRequestHandler):
    said: Callable[[bytes, str], bytes | None]


class _Datagram(_Talk):
    def handle(self) -> None:
        question, replying = self.request
        answer = self.said(question, "udp")
        if answer is not None:
            replying.sendto(answer, self.client_address)


class _Stream(_Talk):
    def handle(self) -> None:
        question = self.request.recv(4_096)[2:]
        answer = self.said(question, "tcp")
        if answer is not None:
            self.request.sendall(len(answer).to_bytes(2, "big") + answer)


def _asked(question: bytes) -> tuple[str, int]:
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    return ".".join(labels), int.from_bytes(question[at + 1 : at + 3], "big")


def _message(question: bytes, name: str, kind: int, said: Say) -> bytes:
    records = [_record(record, name) for record in said.records if _kind(record) in (kind, CNAME)]
    flags = 0x8180 | (0x0200 if said.truncated else 0) | said.code
    head = question[:2] + b"".join(field.to_bytes(2, "big") for field in (flags, 1, len(records), 0, 0))
    return head + question[12:] + b"".join(records)


def _kind(record: Record) -> int:
    try:
        return A if ip_address(record.value).version == 4 else AAAA
    except ValueError:
        return CNAME


def _record(record: Record, name: str) -> bytes:
    kind = _kind(record)
    data = _name(record.value) if kind == CNAME else ip_address(record.value).packed
    fields = kind.to_bytes(2, "big") + b"\0\1" + bytes(4) + len(data).to_bytes(2, "big")
    return (_name(record.owner) if record.owner else b"\xc0\x0c") + fields + data


def _name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
