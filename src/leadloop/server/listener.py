"""The listening socket of a server."""

import errno
import os
import socket

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
"""Addresses that stand for all of this machine, each with one at which to reach it."""


class CannotListen(Exception):
    """Why an address or a port cannot be used, in one sentence."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises `CannotListen`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise cannot_listen(host, port, error) from None
    return listener


def cannot_listen(host: str, port: int, error: OSError) -> CannotListen:
    reason = error.strerror or "the address cannot be used"
    if error.errno == errno.EADDRINUSE:
        reason = "something else listens there; stop it, or choose another port with --port"
    elif error.errno == errno.EACCES:
        reason = "only root may use this port; choose one above 1023 with --port"
    elif error.errno and not isinstance(error, socket.gaierror):
        reason = os.strerror(error.errno)
    return CannotListen(f"cannot listen on {host} port {port}: {reason}")


def url(listener: socket.socket, host: str) -> str:
    """The address of the server, with the actual port if 0 was requested."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
