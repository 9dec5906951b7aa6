"""How an exchange fails, in classes for the log, the schedule and people. Pure."""

import os
import ssl
from typing import Literal, NamedTuple, TypeAlias

from aiohttp import ClientConnectorError, ClientError, ClientResponseError, ConnectionTimeoutError

from leadloop.egress.addresses import TargetRefused
from leadloop.egress.resolver import HostNotFound

Error: TypeAlias = Literal["dns", "blocked", "connect", "tls", "timeout", "reset", "body_limit", "http", "internal"]
"""No address for the name; an address or URL that the rules refuse; no connection; no valid certificate or no TLS; too
slow; the connection ended before the response did; a longer response than is read; a response that is not HTTP; a
fault of leadloop's own, before anything was sent."""

EXPECTED_ERRORS = (TargetRefused, HostNotFound, ClientError, OSError)
"""What a receiver, a name server or a network can cause; anything else is our defect. A timeout is an `OSError`."""


class AttemptFailure(NamedTuple):
    error: Error
    detail: str
    """For people; it contains neither URL nor address."""
    may_have_arrived: bool = True
    """Whether any byte of the request may have reached the receiver. False is certain: sending again is safe."""


BODY_LIMIT = AttemptFailure("body_limit", "the response is longer than the limit")
RESET = AttemptFailure("reset", "the connection ended before the response was complete")


def failure_from(error: BaseException) -> AttemptFailure:
    """Classifies one of `EXPECTED_ERRORS`."""
    if isinstance(error, TargetRefused):
        return AttemptFailure("blocked", str(error))
    if isinstance(error, HostNotFound):
        return AttemptFailure("dns", str(error))
    if isinstance(error, ConnectionTimeoutError):
        return AttemptFailure("timeout", "the connection timed out")
    if isinstance(error, TimeoutError):
        return AttemptFailure("timeout", "the response timed out")
    if isinstance(error, ClientConnectorError):
        return _connect_failure(error)
    if isinstance(error, ClientResponseError):
        return AttemptFailure("http", "the response is not HTTP, or its header is too large")
    return RESET


def _connect_failure(error: ClientConnectorError) -> AttemptFailure:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return AttemptFailure("tls", cause.verify_message.partition(" for ")[0])
    if isinstance(cause, ssl.SSLError):
        return AttemptFailure("tls", "the TLS handshake failed")
    if isinstance(cause, ConnectionResetError | ConnectionAbortedError):
        return RESET
    number = cause.errno if isinstance(cause, OSError) else None
    return AttemptFailure("connect", os.strerror(number) if number else "no connection")
