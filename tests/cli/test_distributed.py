"""`leadloop migrate --distributed`: the database says that it is distributed, and each command and server reads it."""

import json
from pathlib import Path

from lab.postgres import PostgresServer
from tests.cli.command import PEPPER, leadloop
from tests.support.distributed import Cluster, distribute_database


def database_check(database: str, folder: Path) -> str:
    done = leadloop("doctor", "--json", folder=folder, DATABASE=database, PEPPER=PEPPER)
    assert "account_groups" not in done.out
    return next(str(check["detail"]) for check in json.loads(done.out) if check["check"] == "database")


def test_it_needs_a_cluster(tmp_path: Path, postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database("migrate_distributed")
    for _ in range(2):
        done = leadloop("migrate", "--distributed", folder=tmp_path, DATABASE=database)
        if isinstance(postgres_server, Cluster):
            assert done.code == 0 and "the tables are distributed by account" in done.out
            assert "PostgreSQL (distributed)" in database_check(database, tmp_path)
        else:
            assert done.code == 1 and "lacks the extension citus" in done.err and "citus_add_node" in done.err
            assert "distributed" not in database_check(database, tmp_path)


def test_an_embedded_database_is_of_one_machine(tmp_path: Path) -> None:
    done = leadloop("migrate", "--distributed", folder=tmp_path)
    assert done.code == 2 and "--distributed is for PostgreSQL with Citus" in done.err
    assert not (tmp_path / "leadloop.db").exists()


def test_every_process_reads_it_from_the_database(tmp_path: Path, postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database("reads_distributed")
    distribute_database(database)
    assert "PostgreSQL (distributed)" in database_check(database, tmp_path)
    assert "nothing to do" in leadloop("migrate", folder=tmp_path, DATABASE=database).out


def test_the_former_option_has_no_effect(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """An installation that sets it still works."""
    database = postgres_server.create_database("former_option")
    (tmp_path / "leadloop.toml").write_text("account_groups = true\n")
    for options, variables in (
        (["--account-groups"], {}),
        ([], {"ACCOUNT_GROUPS": "true"}),
        ([], {"CONFIG": str(tmp_path / "leadloop.toml")}),
    ):
        done = leadloop("migrate", *options, folder=tmp_path, DATABASE=database, **variables)
        assert done.code == 0 and "account_groups has no effect" in done.err
    assert "account-groups" not in leadloop("migrate", "--help", folder=tmp_path).out
