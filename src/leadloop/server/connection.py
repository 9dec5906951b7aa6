"""One client's connection: uvicorn's httptools protocol with deadlines, limits, and responses to invalid requests.

Deadlines cost a request only a few assignments: the server periodically calls `check` for every connection.
"""

import asyncio
from typing import cast

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadloop.server.descriptors import Descriptors
from leadloop.server.limits import Limits
from leadloop.server.refusals import RefusalRenderer, problem, refusal
from leadloop.server.transport import LingeringTransport
from leadloop.server.unfinished import ClientIdentity, Unfinished

_log = structlog.get_logger("leadloop.server")

BETWEEN, HEADER, BODY = "between requests", "header", "body"
"""The stages of a connection: what the client sends next."""


class _RequestRefused(Exception):
    """Raised in the parser's callbacks, to end the parsing."""


class Connection(HttpToolsProtocol):
    """`serve.run` sets the attributes that all connections of a process share."""

    limits: Limits
    render: RefusalRenderer
    unfinished: "Unfinished[Connection]"
    descriptors: Descriptors

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = LingeringTransport(transport)
        super().connection_made(cast(asyncio.Transport, self._lingering))
        now = self.loop.time()
        self._stage = BETWEEN
        self._requests_begun = 0
        self._header_bytes = self._field_bytes = self._body_bytes = self._unsent_bytes = 0
        self._is_held = False
        self._identity = ClientIdentity("", "")
        self._error_status = 400
        self._ignores_input = False
        self._progress_at = now
        self._deadline = now + self.limits.header_seconds
        self._body_deadline = self._linger_deadline = 0.0
        self._linger_seconds = self.limits.linger_seconds
        if len(self.connections) > self.descriptors.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._release()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._ignores_input or self._lingering.half_closed:
            return
        started_between, begun = self._stage is BETWEEN, self._requests_begun
        super().data_received(data)
        if self._stage is HEADER and self._requests_begun - begun == started_between:  # all of it is header
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.header_bytes:
                self._refuse(431)
        if self._stage is not BETWEEN:
            self._hold()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= self.limits.pipelined:
            raise _RequestRefused
        super().on_message_begin()
        if self.cycle is not None:  # the first request's deadline runs from the connection
            self._deadline = self.loop.time() + self.limits.header_seconds
        self._stage = HEADER
        self._lingering.receiving = True
        self._requests_begun += 1
        self._header_bytes = self._field_bytes = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            self._error_status = 414
            raise _RequestRefused
        self._field_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._field_bytes += len(name) + len(value) + len(b": \r\n")
        if self._field_bytes > self.limits.header_bytes:
            self._error_status = 431
            raise _RequestRefused
        if self._stage is HEADER:  # drops trailer fields: uvicorn would add them to the header
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            raise _RequestRefused
        super().on_headers_complete()
        now = self.loop.time()
        self._stage = BODY
        self._deadline = now + self.limits.body_idle_seconds
        self._body_deadline = now + self.limits.body_seconds

    def on_body(self, body: bytes) -> None:
        self._deadline = self.loop.time() + self.limits.body_idle_seconds
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stage = BETWEEN
        self._release()
        self._lingering.receiving = False
        self._deadline = self.loop.time() + self.limits.keep_alive_seconds

    def on_response_complete(self) -> None:
        if self.cycle.response_complete:  # the application reads no more of the body
            self.cycle.body = bytearray()
            self._release()
        super().on_response_complete()
        if self._stage is BETWEEN:
            self._deadline = self.loop.time() + self.limits.keep_alive_seconds

    def _unsupported_upgrade_warning(self) -> None:
        """Declines an upgrade: answers the request in HTTP/1.1 and reads nothing after it."""
        self._close_behind_answers()

    # Invalid and slow requests

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._error_status)

    def shutdown(self) -> None:
        self._linger_seconds = self.limits.stop_linger_seconds
        if self._answer_pending():
            self._body_deadline = min(self._body_deadline, self.loop.time() + self.limits.stop_body_seconds)
            super().shutdown()
        else:
            self._lingering.close_now()

    def check(self, now: float) -> None:
        """Closes the connection if a deadline has passed. The server calls it every `sweep_seconds`."""
        if self._is_stalled(now) or self._has_lingered(now):
            self._lingering.abort()
        elif self._ignores_input or self._lingering.is_closing():
            return
        elif self._stage is BETWEEN:
            if now > self._deadline and not self._answer_pending():
                self._lingering.close()
        elif self.flow.read_paused:  # we are the side that does not read
            self._deadline = max(self._deadline, now + self.limits.body_idle_seconds)
        elif now > self._deadline or (self._stage is BODY and now > self._body_deadline):
            self._refuse(408)

    def _is_stalled(self, now: float) -> bool:
        """Whether the client has not read from a response for too long."""
        unsent = self._lingering.get_write_buffer_size()
        if not unsent or unsent != self._unsent_bytes:
            self._progress_at = now
        self._unsent_bytes = unsent
        return now > self._progress_at + self.limits.untaken_seconds

    def _has_lingered(self, now: float) -> bool:
        if not self._lingering.half_closed:
            return False
        self._linger_deadline = self._linger_deadline or now + self._linger_seconds
        return now > self._linger_deadline

    def _answer_pending(self) -> bool:
        return not getattr(self.cycle, "response_complete", True)  # there is no cycle before the first request

    def _refuse(self, status: int) -> None:
        """Answers instead of a route, unless another response is pending or has started, and closes the connection."""
        self._release()
        if self._ignores_input or self._lingering.is_closing():
            return
        pending, in_body = self._answer_pending(), self._stage is BODY
        _log.debug("request refused", status=status, stage=self._stage)
        if pending and not in_body:  # an earlier request is being answered
            self._close_behind_answers()
            return
        self._ignores_input = True
        if pending:
            self.cycle.body = bytearray()
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or self.pipeline:
                self._lingering.abort()
                return
        if pending or not in_body:
            render = self.render if in_body else problem
            self._lingering.write(refusal(status, dict(self.scope), render, self.server_state.default_headers))
        self._lingering.close()

    def _close_behind_answers(self) -> None:
        """Reads nothing more, and closes once all received requests are answered."""
        self._ignores_input = True
        self._release()
        if self._answer_pending():
            self.cycle.keep_alive = False
        else:
            self._lingering.close()

    # Limits of the process

    def _hold(self) -> None:
        """Counts an unfinished request; refuses requests while they hold too much memory."""
        if self._ignores_input or (self._stage is BODY and not self._answer_pending()):  # answered: the rest is dropped
            self._release()
            return
        if not self._is_held:
            self._is_held, self._identity = True, self._identify_client()
        size_bytes = self._header_bytes + self._field_bytes + self._body_bytes
        self.unfinished.hold(self, self._identity, size_bytes)
        while (excess := self.unfinished.excess()) is not None:
            excess._refuse(503)

    def _release(self) -> None:
        if self._is_held:
            self._is_held = False
            self.unfinished.release(self)

    def _identify_client(self) -> ClientIdentity:
        keys = [value for name, value in self.headers if name == b"x-api-key"] if self._stage is BODY else ()
        return ClientIdentity(self.client[0] if self.client else "", keys[0].decode("latin-1") if keys else "")

    def _make_room(self) -> None:
        """Closes the idle connection whose keep-alive ends next, or this new one if none is idle."""
        self.descriptors.warn()
        others = (other for other in self.connections if other is not self and isinstance(other, Connection))
        idle = min((other for other in others if other._is_idle()), key=lambda other: other._deadline, default=self)
        if idle is self:
            self._lingering.write(refusal(503, {}, problem, self.server_state.default_headers))
            self._ignores_input = True
        idle._lingering.close()

    def _is_idle(self) -> bool:
        return self._stage is BETWEEN and not self._answer_pending() and not self._lingering.is_closing()
