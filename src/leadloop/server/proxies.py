"""Proxies in front of the server: whose word counts for the address, scheme and host of a client."""

import ipaddress
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

ProxyNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """An ASGI application that corrects the scope of requests from trusted proxies, and passes on all others as they
    are. Only used if there are any: without it a request costs nothing more."""

    def __init__(self, application: ASGIApp, networks: Sequence[ProxyNetwork]) -> None:
        self._application = application
        self._networks = networks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["client"] and self._is_trusted(scope["client"][0]):
            self._correct(scope)
        await self._application(scope, receive, send)

    def _correct(self, scope: Scope) -> None:
        forwarded: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name.startswith(b"x-forwarded-"):
                texts = [text.strip() for text in value.decode("latin-1").split(",")]
                forwarded.setdefault(name, []).extend(text for text in texts if text)
        addresses = forwarded.get(b"x-forwarded-for", [])
        client = next((text for text in reversed(addresses) if not self._is_trusted(text)), None)
        if client is not None and _parsed(client) is not None:
            scope["client"] = str(_parsed(client)), 0
        if schemes := forwarded.get(b"x-forwarded-proto"):
            scope["scheme"] = "https" if schemes[-1].lower() == "https" else "http"
        if hosts := forwarded.get(b"x-forwarded-host"):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [*others, (b"host", hosts[-1].encode("latin-1"))]

    def _is_trusted(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._networks)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, also one with brackets or a port; `None` for anything else, such as `unknown`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address
