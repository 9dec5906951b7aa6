"""A transport whose `close` lets the client read the last answer.

Closing a socket while the client is still sending makes the kernel send a reset, and the reset destroys an answer the
client has not read yet (a 413 in the midst of an upload is never seen). So as long as a request is coming in, `close`
ends only our side and goes on receiving; a second `close` is final.
"""

import asyncio


class PoliteTransport:
    """Stands in for the connection's transport, for as much of it as uvicorn uses."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write = transport.write
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.abort = transport.abort
        self.receiving = False
        """Whether the client is in the midst of a request; the connection keeps it up to date."""
        self.half_closed = False

    def is_closing(self) -> bool:
        return self.half_closed or self._transport.is_closing()

    def close(self) -> None:
        if self.receiving and not self.is_closing():
            self.half_closed = True
            self._transport.write_eof()
            self.resume_reading()
        else:
            self._transport.close()

    def close_now(self) -> None:
        """What is written already still reaches the client, unless it goes on sending."""
        self._transport.close()

    def pause_reading(self) -> None:
        if not self.half_closed:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()
