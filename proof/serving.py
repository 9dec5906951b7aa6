"""A leadloop that is started for a campaign and is gone after it, however that ends."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from proof.trial import Trial
from tests.support.server import Client, Leadloop


class Second(Leadloop):
    """Another server process over the database of `first`, and with its keys."""

    def __init__(self, first: Leadloop) -> None:
        super().__init__(first.engine, first.database)
        self._first = first

    @property
    def environment(self) -> dict[str, str]:
        return self._first.environment


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
        second = Second(first)
        with serving(second), closing(Client(second.url, client.account_id, client.key)) as other:
            yield Pair(first.database, (client, other))
