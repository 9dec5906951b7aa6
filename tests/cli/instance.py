"""A migrated database with an account, and the real commands over it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from lab.forks import ForkedProcess
from lab.server import Client
from lab.webhooks import OPTIONS
from leadloop.core.keys import SCOPES
from tests.cli.command import PEPPER, Done, leadloop, running, serving, url_of
from tests.conftest import new_database


class Migrated:
    """A migrated database, empty, and the commands over it; variables are given without LEADLOOP_."""

    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        self.folder = folder
        self.database = new_database(engine, folder, request)
        self.variables = {"DATABASE": self.database, "PEPPER": PEPPER}
        assert self("migrate").code == 0

    def __call__(self, *arguments: str, **variables: str) -> Done:
        return leadloop(*arguments, folder=self.folder, **self.variables | variables)

    def new_account(self, name: str) -> str:
        return str(self("accounts", "create", "--name", name, "--json").json["id"])


class Instance(Migrated):
    """With an account and a key of it."""

    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(engine, folder, request)
        self.account = self.new_account("A")
        made = self("keys", "create", "--account", self.account, "--name", "k", "--scopes", ",".join(SCOPES), "--json")
        self._key = str(made.json["key"])

    @contextmanager
    def running(self, *arguments: str, **variables: str) -> Iterator[ForkedProcess]:
        with running(*arguments, folder=self.folder, **self.variables, **variables) as process:
            yield process

    @contextmanager
    def serving(self, *options: str, lenient: bool = True, **variables: str) -> Iterator[Client]:
        """A server that may send to loopback, if `lenient`, and a client that may all."""
        if lenient:
            options += OPTIONS
        with serving(*options, folder=self.folder, **self.variables, **variables) as process:
            with closing(self.client(url_of(process))) as owner:
                yield owner
            process.terminate()
            assert process.wait(60) == 0

    def client(self, url: str) -> Client:
        return Client(url, self.account, self._key)
