"""A transport whose `close` lets the client read the last response (a lingering close).

If a socket is closed while the client is sending, the kernel sends a reset, which destroys a response that the client
has not read yet, such as a 413 during an upload. While a request is arriving, `close` therefore closes only our side
and continues to receive; a second `close` is final.
"""

import asyncio


class LingeringTransport:
    """Replaces the connection's transport; has the methods that uvicorn uses."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write = transport.write
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.abort = transport.abort
        self.receiving = False
        """Whether a request is arriving; the connection keeps it up to date."""
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
        """Written bytes still reach the client, unless it continues to send."""
        self._transport.close()

    def pause_reading(self) -> None:
        if not self.half_closed:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()
