"""Where the data is: a path, a SQLite address as SQLAlchemy writes it, or a PostgreSQL address."""

import json
import os
from pathlib import Path

import pytest

from leadloop import secrets
from leadloop.settings import BadSettings, DatabaseSettings
from tests.cli.command import leadloop

SECRET = "x7-very-secret"


@pytest.mark.parametrize(
    ("database", "file"),
    [
        ("x.db", "x.db"),
        ("./data/x.db", "./data/x.db"),
        ("/abs/x.db", "/abs/x.db"),
        ("sqlite:///x.db", "x.db"),
        ("sqlite:///data/x.db", "data/x.db"),
        ("sqlite:///./x.db", "./x.db"),
        ("sqlite:////abs/x.db", "/abs/x.db"),
        ("sqlite://x.db", "x.db"),
        ("sqlite://data/x.db", "data/x.db"),
        ("SQLite:///x.db", "x.db"),
        ("sqlite+aiosqlite:///x.db", "x.db"),
        ("sqlite+pysqlite:////abs/x.db", "/abs/x.db"),
        ("sqlite:///my%20leads@home#1.db", "my%20leads@home#1.db"),
        ("what?.db", "what?.db"),
    ],
)
def test_a_file_is_named_by_its_path_or_a_sqlite_address(database: str, file: str) -> None:
    settings = DatabaseSettings(database=database)
    assert (settings.is_embedded, settings.database, settings.description) == (True, file, f"sqlite {file}")
    assert secrets.secrets_file(settings) == Path(f"{file}.secrets")


@pytest.mark.parametrize(
    ("database", "address"),
    [
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgres://u@h/d", "postgresql://u@h/d"),
        ("PostgreSQL://u@h/d", "postgresql://u@h/d"),
        ("postgresql+asyncpg://u:p@h:5433/d?sslmode=require", "postgresql://u:p@h:5433/d?sslmode=require"),
        ("postgresql+psycopg2:///d?host=/run/postgresql", "postgresql:///d?host=/run/postgresql"),
    ],
)
def test_a_postgresql_address_has_several_spellings(database: str, address: str) -> None:
    settings = DatabaseSettings(database=database)
    assert (settings.is_embedded, settings.database) == (False, address)
    assert settings.description.startswith("postgresql ") and "p@" not in settings.description.removeprefix(
        "postgresql u@h"
    )


@pytest.mark.parametrize(
    ("database", "says"),
    [
        ("", "no database in memory: write ./leadloop.db or sqlite:///leadloop.db"),
        (":memory:", "no database in memory"),
        ("sqlite://", "no database in memory"),
        ("sqlite:///", "no database in memory"),
        ("sqlite:///:memory:", "no database in memory"),
        ("sqlite://:memory:", "no database in memory"),
        ("sqlite+aiosqlite://", "no database in memory"),
        ("sqlite:///x.db?mode=ro", "without the ? and what follows it"),
        ("sqlite:///file:x.db?mode=ro&uri=true", "without the ? and what follows it"),
        ("sqlite:///file:x.db", "sqlite:////var/lib/leadloop.db"),
        ("sqlite:x.db", "sqlite:////var/lib/leadloop.db"),
        ("sqlite:/x.db", "sqlite:////var/lib/leadloop.db"),
        ("SQLITE:x.db", "sqlite:////var/lib/leadloop.db"),
        ("sqlite3:///x.db", "sqlite:////var/lib/leadloop.db"),
        ("file:x.db", "sqlite:////var/lib/leadloop.db"),
        ("postgresql:u@h/d", "postgresql://user@host/name"),
        ("postgres:/u@h/d", "postgresql://user@host/name"),
        ("mysql://h/d", "postgresql://user@host/name"),
        (f"postgresql://u:{SECRET}/x@h/d", "percent-encoded"),
        (f"postgresql+asyncpg://u:{SECRET}/x@h/d", "percent-encoded"),
    ],
)
def test_what_names_no_database_is_refused_with_what_to_write(database: str, says: str) -> None:
    with pytest.raises(BadSettings) as refused:
        DatabaseSettings(database=database)
    text = str(refused.value)
    assert says in text and "\n" not in text and SECRET not in text and "x.db" not in text


def test_a_server_and_every_command_mean_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    absolute = f"sqlite:///{tmp_path}/data/x.db"
    assert absolute.startswith("sqlite:////")
    assert leadloop("migrate", "--database", absolute, folder=tmp_path).code == 0
    made = leadloop("accounts", "create", "--name", "A", "--json", folder=tmp_path, DATABASE="sqlite:///data/x.db")
    assert made.code == 0, made.err
    account = json.loads(made.out)["id"]
    doctor = leadloop("doctor", "--database", "sqlite://data/x.db", folder=tmp_path)
    assert doctor.code == 0, doctor.out
    assert "database=data/x.db " in doctor.out
    (tmp_path / "a.toml").write_text('database = "sqlite:///data/x.db"\n')
    key = leadloop("keys", "create", "--account", account, "--name", "K", "--config", "a.toml", folder=tmp_path)
    assert key.code == 0, key.err
    assert sorted(os.listdir(tmp_path)) == ["a.toml", "data"]
    assert {"x.db", "x.db.secrets"} <= set(os.listdir(tmp_path / "data"))
    assert not any("sqlite" in name for name in os.listdir(tmp_path / "data"))


def test_a_missing_database_is_named_by_its_path(tmp_path: Path) -> None:
    done = leadloop("accounts", "list", "--database", "sqlite:///nowhere.db", folder=tmp_path)
    assert (done.code, os.listdir(tmp_path)) == (1, [])
    assert "there is no database nowhere.db:" in done.err
    done = leadloop("migrate", "--database", "sqlite:///nowhere/x.db", folder=tmp_path)
    assert done.code == 1 and f"the folder {tmp_path}/nowhere does not exist" in done.err
