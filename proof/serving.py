"""A leadloop that is started for a campaign and is gone after it, however that ends."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from lab.server import Client, Leadloop
from proof.trial import Trial


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


class Pair:
    """Two ways to one account, with one key: to two server processes on PostgreSQL, to the same one on SQLite."""

    def __init__(self, database: str, clients: tuple[Client, Client]) -> None:
        self.database = database
        self.clients = clients

    @property
    def client(self) -> Client:
        return self.clients[0]


@contextmanager
def serving_pair(trial: Trial, name: str) -> Iterator[Pair]:
    first = Leadloop(trial.engine, trial.database(name))
    with serving(first) as client:
        if trial.engine == "sqlite":
            yield Pair(first.database, (client, client))
            return
        second = first.beside()
        with serving(second), closing(client.at(second)) as other:
            yield Pair(first.database, (client, other))
