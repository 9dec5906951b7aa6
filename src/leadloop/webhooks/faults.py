"""How an attempt fails, in classes that the log, the schedule and people can use. Pure."""

import os
import ssl
from typing import Literal, NamedTuple, TypeAlias

from aiohttp import ClientConnectorError, ClientError, ClientResponseError, ConnectionTimeoutError

from leadloop.webhooks.addresses import Refused
from leadloop.webhooks.resolve import NotFound

Error: TypeAlias = Literal["dns", "blocked", "connect", "tls", "timeout", "reset", "body_limit", "http", "internal"]
"""No address for the name; an address or URL that is refused; no connection; no valid certificate or no TLS; too slow;
the connection ended before the answer did; more answer than is read; something else than HTTP; a fault of leadloop's
own, before anything was sent."""

FAULTS = (Refused, NotFound, ClientError, OSError)
"""What an attempt may meet with; anything else is a mistake of ours. A timeout is an `OSError`."""


class Fault(NamedTuple):
    error: Error
    detail: str
    """For people; it holds neither URL nor address."""


BODY_LIMIT = Fault("body_limit", "the answer is longer than what is read of it")
RESET = Fault("reset", "the connection ended before the answer did")


def fault_of(error: BaseException) -> Fault:
    """Of one of `FAULTS`."""
    if isinstance(error, Refused):
        return Fault("blocked", str(error))
    if isinstance(error, NotFound):
        return Fault("dns", str(error))
    if isinstance(error, ConnectionTimeoutError):
        return Fault("timeout", "no connection in time")
    if isinstance(error, TimeoutError):
        return Fault("timeout", "no whole answer in time")
    if isinstance(error, ClientConnectorError):
        return _not_connected(error)
    if isinstance(error, ClientResponseError):
        return Fault("http", "the answer is not HTTP, or its header is too large")
    return RESET


def _not_connected(error: ClientConnectorError) -> Fault:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Fault("tls", cause.verify_message.partition(" for ")[0])
    if isinstance(cause, ssl.SSLError):
        return Fault("tls", "no agreement on a TLS connection")
    if isinstance(cause, ConnectionResetError | ConnectionAbortedError):
        return RESET
    number = cause.errno if isinstance(cause, OSError) else None
    return Fault("connect", os.strerror(number) if number else "no connection")
