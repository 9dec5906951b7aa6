"""Every behaviour test runs on both engines, against one server process each for the whole run.

With `--faults 40001` one write in ten of the server on PostgreSQL fails as on a distributed engine (`-k postgres`).
With `--distributed` its databases are distributed; `--distributed=NODE,NODE,...` makes them on a Citus cluster that
runs already: the addresses of its nodes (postgresql://postgres@host/postgres), the coordinator first.
"""

import asyncio
import gc
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from lab.server import Client, Leadloop, running
from tests.support import faults
from tests.support.distributed import distribute_database
from tests.support.fixtures import migrated_template, postgres_server, receiver

__all__ = ["migrated_template", "postgres_server", "receiver"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", choices=[faults.FAULT], help="what the server on PostgreSQL has to put up with")
    parser.addoption("--distributed", nargs="?", const="", help="distribute the databases, on a cluster of these nodes")


def pytest_configure() -> None:
    """Collecting thousands of tests creates objects that stay: without this, garbage collection takes a tenth of the
    CPU."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that is an `async def`."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def server(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Leadloop]:
    fault = request.config.getoption("faults") if engine == "postgres" else None
    command = faults.command(fault) if fault else ("-m", "leadloop")
    server = Leadloop(engine, new_database(engine, tmp_path_factory.mktemp("server"), request), command=command)
    with running(server):
        yield server
    assert fault is None or faults.MARK in server.output
    assert server.errors == []


@pytest.fixture
def client(server: Leadloop) -> Iterator[Client]:
    """A client whose key belongs to a new account."""
    client = server.client()
    yield client
    client.close()


def new_database(engine: str, directory: Path, request: pytest.FixtureRequest) -> str:
    """An empty database of `engine`: a path without a file, or a database that has its tables."""
    if engine == "sqlite":
        return str(directory / "leadloop.db")
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"t{abs(hash(str(directory))):x}"
    database = postgres.create_database(name, request.getfixturevalue("migrated_template"))
    if request.config.getoption("distributed") is not None:
        distribute_database(database)
    return database
