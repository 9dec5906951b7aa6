"""A leadloop that is started for a campaign and is gone after it, however that ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.server import Client, Leadloop


@contextmanager
def serving(server: Leadloop) -> Iterator[Client]:
    """A client with a key of an account of its own. The server may be killed and started again meanwhile."""
    server.start()
    try:
        client = server.client()
        yield client
        client.close()
    except BaseException:
        with suppress(ProcessLookupError):
            server.kill()
        raise
    if (code := server.stop()) != 0:
        raise RuntimeError(f"leadloop ended with {code}: {server.output[-2_000:]}")
