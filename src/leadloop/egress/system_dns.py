"""This machine's name resolution: the servers of `resolv.conf` and the names of `hosts`.

It rereads the files whenever they change, like the C library. It ignores search domains: URLs name their host in full.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, TypeAlias

from leadloop.egress.addresses import IpAddress

SocketAddress: TypeAlias = tuple[str, int]
"""Address and port."""

PORT = 53
SERVER_LIMIT = 3
SERVERS_FILE, HOSTS_FILE = Path("/etc/resolv.conf"), Path("/etc/hosts")
_LOCAL: tuple[SocketAddress, ...] = (("127.0.0.1", PORT),)


class NameServers(NamedTuple):
    servers: tuple[SocketAddress, ...] = _LOCAL
    """In the order in which they are queried."""
    hosts: Mapping[str, tuple[IpAddress, ...]] = {}
    """Names in lower case. They take precedence over the servers."""


def system_names() -> NameServers:
    return _read(_changed(SERVERS_FILE), _changed(HOSTS_FILE))


@lru_cache(maxsize=1)
def _read(_servers_changed: int | None, _hosts_changed: int | None) -> NameServers:
    return NameServers(servers_in(_text(SERVERS_FILE)), hosts_in(_text(HOSTS_FILE)))


def servers_in(text: str) -> tuple[SocketAddress, ...]:
    """The name servers of a `resolv.conf`; the machine's own if it names none."""
    lines = (line.split() for line in text.splitlines())
    servers = [(words[1], PORT) for words in lines if len(words) >= 2 and words[0] == "nameserver"]
    return tuple(servers[:SERVER_LIMIT]) or _LOCAL


def hosts_in(text: str) -> dict[str, tuple[IpAddress, ...]]:
    """The names of a `hosts` file. Ignores unreadable lines."""
    hosts: dict[str, tuple[IpAddress, ...]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].lower().split()
        try:
            address = ip_address(words[0])
        except (IndexError, ValueError):
            continue
        for name in words[1:]:
            hosts[name] = (*hosts.get(name, ()), address)
    return hosts


def _changed(path: Path) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
