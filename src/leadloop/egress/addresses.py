"""Which addresses requests may be sent to. Pure: the table of refused networks, and the operator's exceptions from it.

Only this module decides, and always about the very address that is then connected.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Literal, NamedTuple, TypeAlias

from leadloop.core.errors import LeadloopError, Problem

IpAddress: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
RefusalKind: TypeAlias = Literal["url", "scheme", "userinfo", "fragment", "port", "host", "number", "name", "address"]


class TargetRefused(LeadloopError):
    """The rules forbid this URL or address. `problem` completes a sentence that begins with "the URL"."""

    def __init__(self, kind: RefusalKind, problem: Problem) -> None:
        super().__init__(Problem("url_refused", problem=problem).text)
        self.kind = kind
        self.problem = problem


class Rules(NamedTuple):
    """What the operator allows and forbids. `denied` overrides `allowed`, which overrides `own_addresses` and then the
    tables below. Addresses of metadata services are refused even if allowed."""

    allow_http: bool = False
    allow_private: bool = False
    """Permits loopback and private networks, for development."""
    own_addresses: frozenset[IpAddress] = frozenset()
    """Addresses of this instance that its machine does not know, such as that of a load balancer."""
    denied: tuple[Network, ...] = ()
    allowed: tuple[Network, ...] = ()
    only_loopback: bool = False
    """Refuses every address but those of loopback, which need `allow_private` as well."""

    @property
    def intranet(self) -> bool:
        """Whether any address outside the public internet is permitted, so that unqualified host names make sense."""
        return self.allow_private or bool(self.allowed)


def _networks(table: dict[str, Problem]) -> tuple[tuple[Network, Problem], ...]:
    return tuple((ip_network(text), problem) for texts, problem in table.items() for text in texts.split())


_METADATA = {
    "169.254.169.254": "Amazon, Google, Microsoft and most others",
    "169.254.170.2": "Amazon's containers",
    "169.254.170.23": "Amazon's pods",
    "168.63.129.16": "Microsoft's, amid public addresses",
    "192.0.0.192": "Oracle's",
    "100.100.100.200": "Alibaba's",
    "fd00:ec2::254": "Amazon's",
    "fd00:ec2::23": "Amazon's pods",
    "fd20:ce::254": "Google's",
}
METADATA: frozenset[IpAddress] = frozenset(ip_network(text).network_address for text in _METADATA)

PRIVATE = _networks(
    {
        "127.0.0.0/8 ::1/128": Problem("address_loopback"),
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7": Problem("address_private"),
    }
)
"""The networks that `allow_private` permits."""

SPECIAL = _networks(
    {
        "0.0.0.0/8": Problem("address_this_network"),
        "100.64.0.0/10": Problem("address_shared"),
        "169.254.0.0/16 fe80::/10 fec0::/10": Problem("address_link_local"),
        "192.0.0.0/24 192.88.99.0/24 100::/64 2001::/23 5f00::/16": Problem("address_special"),
        "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20": Problem("address_documentation"),
        "198.18.0.0/15": Problem("address_measurement"),
        "224.0.0.0/4 ff00::/8": Problem("address_multicast"),
        "240.0.0.0/4": Problem("address_reserved"),
        "2002::/16 64:ff9b:1::/48": Problem("address_translated"),
        "::/8": Problem("address_reserved"),
    }
)
"""Networks that are never public. All public IPv6 addresses are in one network, `_PUBLIC_V6`."""

_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def judge_address(address: IpAddress, rules: Rules) -> None:
    """Raises `TargetRefused` unless the rules permit the address."""
    plain = embedded(address)
    if rules.only_loopback and not plain.is_loopback:
        raise TargetRefused("address", Problem("address_not_loopback"))
    if any(plain in network or address in network for network in rules.denied):
        raise TargetRefused("address", Problem("address_forbidden"))
    if plain in METADATA:
        raise TargetRefused("address", Problem("address_metadata"))
    if any(plain in network or address in network for network in rules.allowed):
        return
    if plain in rules.own_addresses:
        raise TargetRefused("address", Problem("address_leadloop"))
    if (problem := _private(plain)) is not None:
        if not rules.allow_private:
            raise TargetRefused("address", problem)
    elif (problem := _special(plain)) is not None:
        raise TargetRefused("address", problem)


def judge_own(address: IpAddress, rules: Rules) -> None:
    """Raises `TargetRefused` for an address of this machine, unless the rules permit private addresses or this one."""
    plain = embedded(address)
    if not rules.allow_private and not any(plain in network or address in network for network in rules.allowed):
        raise TargetRefused("address", Problem("address_own_machine"))


def embedded(address: IpAddress) -> IpAddress:
    """The IPv4 address inside a mapped or translated (NAT64) IPv6 address; any other address unchanged."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _private(address: IpAddress) -> Problem | None:
    return next((problem for network, problem in PRIVATE if address in network), None)


def _special(address: IpAddress) -> Problem | None:
    problem = next((problem for network, problem in SPECIAL if address in network), None)
    if problem is None and isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return Problem("address_reserved")
    return problem
