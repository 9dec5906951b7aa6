"""Which addresses requests may be sent to. Pure: the table of refused networks, and the operator's exceptions from it.

Only this module decides, and always about the very address that is then connected.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Literal, NamedTuple, TypeAlias

from leadloop.core.errors import LeadloopError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
RefusalKind: TypeAlias = Literal["url", "scheme", "userinfo", "fragment", "port", "host", "number", "name", "address"]


class TargetRefused(LeadloopError):
    """The rules forbid this URL or address. `text` completes a sentence that begins with "the URL"."""

    def __init__(self, kind: RefusalKind, text: str) -> None:
        super().__init__(f"the URL {text}")
        self.kind = kind
        self.text = text


class Rules(NamedTuple):
    """What the operator allows and forbids. `denied` overrides `allowed`, which overrides `own_addresses` and then the
    tables below. Addresses of metadata services are refused even if allowed."""

    allow_http: bool = False
    allow_private: bool = False
    """Permits loopback and private networks, for development."""
    own_addresses: frozenset[Address] = frozenset()
    """Addresses of this instance that its machine does not know, such as that of a load balancer."""
    denied: tuple[Network, ...] = ()
    allowed: tuple[Network, ...] = ()

    @property
    def intranet(self) -> bool:
        """Whether any address outside the public internet is permitted, so that unqualified host names make sense."""
        return self.allow_private or bool(self.allowed)


def _networks(table: dict[str, str]) -> tuple[tuple[Network, str], ...]:
    return tuple((ip_network(text), what) for texts, what in table.items() for text in texts.split())


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
METADATA: frozenset[Address] = frozenset(ip_network(text).network_address for text in _METADATA)

PRIVATE = _networks(
    {
        "127.0.0.0/8 ::1/128": "a loopback address",
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7": "a private address",
    }
)
"""The networks that `allow_private` permits."""

SPECIAL = _networks(
    {
        "0.0.0.0/8": "an address of this network",
        "100.64.0.0/10": "an address shared behind a provider's NAT",
        "169.254.0.0/16 fe80::/10 fec0::/10": "a link-local address",
        "192.0.0.0/24 192.88.99.0/24 100::/64 2001::/23 5f00::/16": "an address with a special purpose",
        "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20": "an address kept for documentation",
        "198.18.0.0/15": "an address kept for measurements",
        "224.0.0.0/4 ff00::/8": "a multicast address",
        "240.0.0.0/4": "a reserved address",
        "2002::/16 64:ff9b:1::/48": "an address that stands for another one",
        "::/8": "a reserved address",
    }
)
"""Networks that are never public. All public IPv6 addresses are in one network, `_PUBLIC_V6`."""

_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def judge_address(address: Address, rules: Rules) -> None:
    """Raises `TargetRefused` unless the rules permit the address."""
    plain = embedded(address)
    if any(plain in network or address in network for network in rules.denied):
        raise _refused("an address that the operator forbids")
    if plain in METADATA:
        raise _refused("a metadata service")
    if any(plain in network or address in network for network in rules.allowed):
        return
    if plain in rules.own_addresses:
        raise _refused("leadloop itself")
    if (what := _private(plain)) is not None:
        if not rules.allow_private:
            raise _refused(what)
    elif (what := _special(plain)) is not None:
        raise _refused(what)


def judge_own(address: Address, rules: Rules) -> None:
    """Raises `TargetRefused` for an address of this machine, unless the rules permit private addresses or this one."""
    plain = embedded(address)
    if not rules.allow_private and not any(plain in network or address in network for network in rules.allowed):
        raise _refused("leadloop's own machine")


def embedded(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated (NAT64) IPv6 address; any other address unchanged."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _private(address: Address) -> str | None:
    return next((what for network, what in PRIVATE if address in network), None)


def _special(address: Address) -> str | None:
    purpose = next((what for network, what in SPECIAL if address in network), None)
    if purpose is None and isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return "a reserved address"
    return purpose


def _refused(what: str) -> TargetRefused:
    return TargetRefused("address", f"must not lead to {what}")
