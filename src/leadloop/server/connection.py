"""One client's connection: uvicorn's httptools protocol with deadlines, caps, and answers to what is no request.

Deadlines cost a request nothing but a few assignments: `check` looks at them, called for every connection now and then.
"""

import asyncio
from typing import cast

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadloop.server.descriptors import Descriptors
from leadloop.server.limits import Limits
from leadloop.server.refusals import Render, problem, refusal
from leadloop.server.transport import PoliteTransport
from leadloop.server.unfinished import Sender, Unfinished

_log = structlog.get_logger("leadloop.server")

BETWEEN, HEADER, BODY = "between requests", "header", "body"
"""What the client is about to send."""


class _Refused(Exception):
    """Raised in the parser's callbacks, which ends the parsing."""


class Connection(HttpToolsProtocol):
    """`serve.run` sets what all connections of a process share."""

    limits: Limits
    render: Render
    unfinished: "Unfinished[Connection]"
    descriptors: Descriptors

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._polite = PoliteTransport(transport)
        super().connection_made(cast(asyncio.Transport, self._polite))
        now = self.loop.time()
        self._stage = BETWEEN
        self._requests_begun = 0
        self._header_bytes = self._field_bytes = self._body_bytes = self._unsent_bytes = 0
        self._is_held = False
        self._sender = Sender("", "")
        self._verdict = 400
        self._deaf = False
        self._taken_at = now
        self._deadline = now + self.limits.header_seconds
        self._body_deadline = self._linger_deadline = 0.0
        self._linger_seconds = self.limits.linger_seconds
        if len(self.connections) > self.descriptors.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._release()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf or self._polite.half_closed:
            return
        started_between, begun = self._stage is BETWEEN, self._requests_begun
        super().data_received(data)
        if self._stage is HEADER and self._requests_begun - begun == started_between:  # all of it was header
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.header_bytes:
                self._refuse(431)
        if self._stage is not BETWEEN:
            self._hold()

    # What the parser finds

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= self.limits.pipelined:
            raise _Refused
        super().on_message_begin()
        if self.cycle is not None:  # the first request's deadline runs from the connection
            self._deadline = self.loop.time() + self.limits.header_seconds
        self._stage = HEADER
        self._polite.receiving = True
        self._requests_begun += 1
        self._header_bytes = self._field_bytes = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            self._verdict = 414
            raise _Refused
        self._field_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._field_bytes += len(name) + len(value) + len(b": \r\n")
        if self._field_bytes > self.limits.header_bytes:
            self._verdict = 431
            raise _Refused
        if self._stage is HEADER:  # fields behind a chunked body are dropped: uvicorn would add them to the header
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            raise _Refused
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
        self._polite.receiving = False
        self._deadline = self.loop.time() + self.limits.keep_alive_seconds

    def on_response_complete(self) -> None:
        if self.cycle.response_complete:  # what of its body was not read, nobody will read
            self.cycle.body = bytearray()
            self._release()
        super().on_response_complete()
        if self._stage is BETWEEN:
            self._deadline = self.loop.time() + self.limits.keep_alive_seconds

    def _unsupported_upgrade_warning(self) -> None:
        """An offer to change the protocol is declined by answering in this one, and by reading no further."""
        self._close_behind_answers()

    # What is no request, or comes too slowly

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._verdict)

    def shutdown(self) -> None:
        self._linger_seconds = self.limits.stop_linger_seconds
        if self._answer_pending():
            self._body_deadline = min(self._body_deadline, self.loop.time() + self.limits.stop_body_seconds)
            super().shutdown()
        else:
            self._polite.close_now()

    def check(self, now: float) -> None:
        """Close what has waited too long. To be called every `sweep_seconds`."""
        if self._nothing_taken(now) or self._lingered(now):
            self._polite.abort()
        elif self._deaf or self._polite.is_closing():
            return
        elif self._stage is BETWEEN:
            if now > self._deadline and not self._answer_pending():
                self._polite.close()
        elif self.flow.read_paused:  # it is we who do not read
            self._deadline = max(self._deadline, now + self.limits.body_idle_seconds)
        elif now > self._deadline or (self._stage is BODY and now > self._body_deadline):
            self._refuse(408)

    def _nothing_taken(self, now: float) -> bool:
        """Whether the client has left an answer lying for too long."""
        unsent = self._polite.get_write_buffer_size()
        if not unsent or unsent != self._unsent_bytes:
            self._taken_at = now
        self._unsent_bytes = unsent
        return now > self._taken_at + self.limits.untaken_seconds

    def _lingered(self, now: float) -> bool:
        if not self._polite.half_closed:
            return False
        self._linger_deadline = self._linger_deadline or now + self._linger_seconds
        return now > self._linger_deadline

    def _answer_pending(self) -> bool:
        return not getattr(self.cycle, "response_complete", True)  # there is no cycle before the first request

    def _refuse(self, status: int) -> None:
        """Answer in the place of a route, where no other answer is due or was given, and close."""
        self._release()
        if self._deaf or self._polite.is_closing():
            return
        pending, in_body = self._answer_pending(), self._stage is BODY
        _log.debug("request refused", status=status, stage=self._stage)
        if pending and not in_body:  # an earlier request is being answered
            self._close_behind_answers()
            return
        self._deaf = True
        if pending:
            self.cycle.body = bytearray()
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or self.pipeline:
                self._polite.abort()
                return
        if pending or not in_body:
            render = self.render if in_body else problem
            self._polite.write(refusal(status, dict(self.scope), render, self.server_state.default_headers))
        self._polite.close()

    def _close_behind_answers(self) -> None:
        """Read nothing more, and close once the requests received so far are answered."""
        self._deaf = True
        self._release()
        if self._answer_pending():
            self.cycle.keep_alive = False
        else:
            self._polite.close()

    # What is too much for the process

    def _hold(self) -> None:
        """Counts an unfinished request, and refuses one where they are too many."""
        if self._deaf or (self._stage is BODY and not self._answer_pending()):  # answered: the rest is dropped
            self._release()
            return
        if not self._is_held:
            self._is_held, self._sender = True, self._sent_by()
        size_bytes = self._header_bytes + self._field_bytes + self._body_bytes
        self.unfinished.hold(self, self._sender, size_bytes)
        while (excess := self.unfinished.excess()) is not None:
            excess._refuse(503)

    def _release(self) -> None:
        if self._is_held:
            self._is_held = False
            self.unfinished.release(self)

    def _sent_by(self) -> Sender:
        keys = [value for name, value in self.headers if name == b"x-api-key"] if self._stage is BODY else ()
        return Sender(self.client[0] if self.client else "", keys[0].decode("latin-1") if keys else "")

    def _make_room(self) -> None:
        """For a new connection: the one that would be closed next for saying nothing goes now."""
        self.descriptors.warn()
        others = (one for one in self.connections if one is not self and isinstance(one, Connection))
        idle = min((one for one in others if one._is_idle()), key=lambda one: one._deadline, default=self)
        if idle is self:
            self._polite.write(refusal(503, {}, problem, self.server_state.default_headers))
            self._deaf = True
        idle._polite.close()

    def _is_idle(self) -> bool:
        return self._stage is BETWEEN and not self._answer_pending() and not self._polite.is_closing()
