"""Where this machine looks names up: its name servers, and the names that its administrator wrote down.

The files are read again whenever they change, as the C library does it. Search domains are not used: a webhook names
its host in full.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, TypeAlias

from leadloop.webhooks.addresses import Address

Server: TypeAlias = tuple[str, int]
"""Address and port."""

PORT = 53
SERVER_LIMIT = 3
SERVERS_FILE, HOSTS_FILE = Path("/etc/resolv.conf"), Path("/etc/hosts")
_LOCAL: tuple[Server, ...] = (("127.0.0.1", PORT),)


class Names(NamedTuple):
    servers: tuple[Server, ...] = _LOCAL
    """Asked in this order."""
    hosts: Mapping[str, tuple[Address, ...]] = {}
    """Names in lower case. They come before any server."""


def system_names() -> Names:
    return _read(_changed(SERVERS_FILE), _changed(HOSTS_FILE))


@lru_cache(maxsize=1)
def _read(_servers_changed: int | None, _hosts_changed: int | None) -> Names:
    return Names(servers_in(_text(SERVERS_FILE)), hosts_in(_text(HOSTS_FILE)))


def servers_in(text: str) -> tuple[Server, ...]:
    """The name servers of a `resolv.conf`; without any, the machine's own."""
    lines = (line.split() for line in text.splitlines())
    found = [(words[1], PORT) for words in lines if len(words) >= 2 and words[0] == "nameserver"]
    return tuple(found[:SERVER_LIMIT]) or _LOCAL


def hosts_in(text: str) -> dict[str, tuple[Address, ...]]:
    """The names of a `hosts` file. Lines that can not be read are passed over."""
    found: dict[str, tuple[Address, ...]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].lower().split()
        try:
            address = ip_address(words[0])
        except (IndexError, ValueError):
            continue
        for name in words[1:]:
            found[name] = (*found.get(name, ()), address)
    return found


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
