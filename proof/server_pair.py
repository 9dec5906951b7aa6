"""Two server processes of one database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from lab.server import Client, Leadloop, serving
from proof.trial import Trial


class Pair:
    """Two clients with one key: of two server processes on PostgreSQL, of the same process on SQLite."""

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
