"""Which URLs requests may be sent to. Pure: it resolves and opens nothing.

Its grammar is narrower than any library's, so that no two parsers can disagree on where a URL leads: unusual forms are
refused, not repaired. Callers use the parsed `Target` from here on, never the text again.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import idna

from leadloop.core.errors import Problem
from leadloop.egress.addresses import IpAddress, Rules, TargetRefused, judge_address

__all__ = ["Rules", "Target", "TargetRefused", "judge_address", "judge_url"]

URL_LIMIT = 2_048
"""Characters."""
NAME_LIMIT = 253
HTTPS_PORT, HTTP_PORT, LAST_SYSTEM_PORT, LAST_PORT = 443, 80, 1023, 65_535

DENIED_PORTS = frozenset(
    {
        *(1080, 1099, 1433, 1434, 1521, 1719, 1720, 1723, 1883, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3128),
        *(3260, 3268, 3269, 3306, 3389, 3659, 4045, 4190, 4369, 5060, 5061, 5432, 5433, 5671, 5672, 5900, 5901),
        *(5984, 5985, 5986, 6000, 6001, 6379, 6380, 6443, 6566, *range(6660, 6670), 6679, 6697, 7001, 8500),
        *(9042, 9092, 9100, 9160, 9200, 9300, 10_080, 10_250, 10_255, 11_211, 27_017, 27_018, 27_019),
    }
)
"""Databases, caches, brokers, consoles and the ports that browsers block: no receiver listens there, and the services
might interpret a request's text. All are below the ephemeral ports."""

_METADATA_NAMES = frozenset({"metadata", "instance-data", "metadata.goog", "metadata.tencentyun.com"})
_METADATA_ENDS = ("metadata.google.internal", "metadata.azure.internal", "instance-data.ec2.internal")

_URL = re.compile(r"(https?)://([^/?#\\]*)([/?][^#]*)?(#.*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::(.*))?", re.DOTALL)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_PATH = re.compile(r"[!-\[\]-~]*", re.ASCII)
"""Visible ASCII without the backslash."""
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.ASCII)
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.ASCII | re.DOTALL)
"""What any parser might read as an address: WHATWG's "ends in a number"."""


class Target(NamedTuple):
    """A URL that passed, in its parts."""

    scheme: str
    host: str
    """In lower case and ASCII; an IPv6 address without its brackets."""
    port: int
    path: str
    """Includes the query, verbatim; begins with a slash."""
    address: IpAddress | None
    """Set if the host is an address, which the rules permit."""

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == {"https": HTTPS_PORT, "http": HTTP_PORT}[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


@lru_cache(maxsize=1_024)
def judge_url(url: str, rules: Rules) -> Target:
    """Raises `TargetRefused`. A name that passes may still resolve to refused addresses: the resolver judges those."""
    if len(url) > URL_LIMIT:
        raise TargetRefused("url", Problem("url_too_long", limit=URL_LIMIT))
    parts = _URL.fullmatch(url)
    if parts is None:
        raise TargetRefused("scheme", Problem("url_host_and_https_expected"))
    scheme, authority, path, fragment = parts[1].lower(), parts[2], parts[3] or "/", parts[4]
    if scheme == "http" and not rules.allow_http:
        raise TargetRefused("scheme", Problem("url_https_expected"))
    if fragment is not None:
        raise TargetRefused("fragment", Problem("url_fragment"))
    if "@" in authority:
        raise TargetRefused("userinfo", Problem("url_user"))
    if not _PATH.fullmatch(path):
        raise TargetRefused("url", Problem("url_not_encoded"))
    split = _AUTHORITY.fullmatch(authority)
    if split is None:
        raise TargetRefused("host", Problem("url_one_host"))
    port = _port(split[2], scheme, rules)
    host, address = _host(split[1], rules)
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}", address)


def _port(text: str | None, scheme: str, rules: Rules) -> int:
    if text is None:
        return HTTPS_PORT if scheme == "https" else HTTP_PORT
    if not _PORT.fullmatch(text) or int(text) > LAST_PORT:
        raise TargetRefused("port", Problem("url_port_expected"))
    port = int(text)
    if port == HTTPS_PORT or (port == HTTP_PORT and rules.allow_http):
        return port
    if port <= LAST_SYSTEM_PORT:
        raise TargetRefused("port", Problem("url_port_low", port=HTTPS_PORT, above=LAST_SYSTEM_PORT))
    if port in DENIED_PORTS:
        raise TargetRefused("port", Problem("url_port_of_service"))
    return port


def _host(text: str, rules: Rules) -> tuple[str, IpAddress | None]:
    address = _ipv6(text[1:-1]) if text.startswith("[") else _ipv4(text)
    if address is not None:
        judge_address(address, rules)
        return str(address), address
    name = _ascii(text)
    if _ENDS_IN_NUMBER.fullmatch(name):
        raise TargetRefused("number", Problem("url_address_form"))
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        raise TargetRefused("host", Problem("url_host_name"))
    _judge_name(name, rules)
    return name, None


def _ipv6(text: str) -> IPv6Address:
    """Refuses a zone (`%eth0`): it has no meaning on another machine."""
    try:
        address = IPv6Address("" if "%" in text else text)
    except ValueError:
        raise TargetRefused("number", Problem("url_ipv6_expected")) from None
    mapped = address.ipv4_mapped
    if text.lower() not in (address.compressed, f"::ffff:{mapped}", f"::ffff:{_groups(mapped)}"):
        raise TargetRefused("number", Problem("url_ipv6_form"))
    return address


def _groups(address: IPv4Address | None) -> str:
    """The end of a mapped address: `7f00:1`. Which form `compressed` has depends on the version of Python."""
    return "" if address is None else f"{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"


def _ipv4(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text) if text.isascii() else None
    except ValueError:
        return None


def _ascii(text: str) -> str:
    """The name in lower-case ASCII, by IDNA 2008 with the UTS 46 mapping, like browsers."""
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise TargetRefused("host", Problem("url_international_name")) from None


def _judge_name(name: str, rules: Rules) -> None:
    if name == "localhost" or name.endswith(".localhost"):
        judge_address(IPv4Address("127.0.0.1"), rules)
    elif rules.only_loopback:
        raise TargetRefused("name", Problem("address_not_loopback"))
    elif name in _METADATA_NAMES or any(name == end or name.endswith(f".{end}") for end in _METADATA_ENDS):
        raise TargetRefused("name", Problem("address_metadata"))
    elif "." not in name and not rules.intranet:
        raise TargetRefused("name", Problem("url_full_name"))
