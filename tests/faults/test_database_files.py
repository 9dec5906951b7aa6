"""A database file that is moved, replaced or deleted under a running server: writes are refused, and nothing that was
acknowledged is lost."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.server import Client, Leadloop

ACKNOWLEDGED = 20


def move(database: Path) -> None:
    database.rename(database.with_suffix(".moved"))


def delete_keeping_a_link(database: Path) -> None:
    database.with_suffix(".moved").hardlink_to(database)
    database.unlink()


def replace(database: Path) -> None:
    move(database)
    shutil.copy(database.with_suffix(".moved"), database)


DATABASE_HARM = pytest.mark.parametrize("harm", [delete_keeping_a_link, replace])


def delete_log(database: Path) -> None:
    Path(f"{database}-wal").unlink()


def replace_log(database: Path) -> None:
    log = Path(f"{database}-wal")
    log.rename(f"{database}-old")
    log.write_bytes(b"")


def delete_index(database: Path) -> None:
    Path(f"{database}-shm").unlink()


LOG_HARM = pytest.mark.parametrize("harm", [delete_log, delete_index])

WRITES: dict[str, Callable[[Client, str], Any]] = {
    "expad create": lambda client, lead: client.expad("POST", json={"name": "Eva"}),
    "expad update": lambda client, lead: client.expad("PATCH", f"lead/{lead}", json={"note": "late"}),
    "leadsail update": lambda client, lead: client.patch_leadsail(f"lead_{lead}", {"status": "contacted"}),
    "leadsail delete": lambda client, lead: client.leadsail("DELETE", f"leads/lead_{lead}"),
}


def assert_refused(client: Client, lead: str) -> None:
    for name, write in WRITES.items():
        answer = write(client, lead)
        assert answer.status_code == 503, f"{name}: {answer.text}"
        assert "moved, replaced or deleted" in answer.text
        assert answer.headers["Retry-After"] == "30"
    ready = client.http.get("/readyz")
    assert (ready.status_code, "moved, replaced or deleted" in ready.text) == (503, True)
    assert client.http.get("/healthz").status_code == 200


def start(folder: Path) -> tuple[Leadloop, Client, list[str]]:
    """A server that has acknowledged some leads."""
    server = Leadloop("sqlite", str(folder / "leadloop.db"))
    server.start()
    client = server.client()
    return server, client, [client.new_lead(note=str(n)) for n in range(ACKNOWLEDGED)]


def assert_all_there(server: Leadloop, client: Client, leads: list[str]) -> None:
    """After a start. Ends the server."""
    server.start()
    again = client.at(server)
    assert [again.get(lead)["note"] for lead in leads] == [str(n) for n in range(len(leads))]
    client.close()
    again.close()
    assert server.stop() == 0


@DATABASE_HARM
def test_a_database_that_lost_its_name(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    database = tmp_path / "leadloop.db"
    server, client, leads = start(tmp_path)
    try:
        harm(database)
        assert_refused(client, leads[0])
        assert server.wait_for_output("writes are refused").count("writes are refused") == 1
    finally:
        server.kill()
    database.with_suffix(".moved").replace(database)
    assert_all_there(server, client, leads)


@LOG_HARM
def test_a_log_that_lost_its_name(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    server, client, leads = start(tmp_path)
    try:
        harm(tmp_path / "leadloop.db")
        assert_refused(client, leads[0])
    finally:
        server.kill()
    assert_all_there(server, client, leads)


def test_a_log_that_was_replaced_and_put_back(tmp_path: Path) -> None:
    database = tmp_path / "leadloop.db"
    server, client, leads = start(tmp_path)
    try:
        replace_log(database)
        assert_refused(client, leads[0])
        Path(f"{database}-old").replace(f"{database}-wal")
    finally:
        server.kill()
    assert_all_there(server, client, leads)


def test_readiness_alone_saves_a_deleted_log(tmp_path: Path) -> None:
    """There are no writes before the crash."""
    server, client, leads = start(tmp_path)
    try:
        delete_log(tmp_path / "leadloop.db")
        assert client.http.get("/readyz").status_code == 503
    finally:
        server.kill()
    assert_all_there(server, client, leads)


def test_files_that_are_back_in_their_places(tmp_path: Path) -> None:
    database = tmp_path / "leadloop.db"
    server, client, leads = start(tmp_path)
    try:
        move(database)
        assert_refused(client, leads[0])
        database.with_suffix(".moved").rename(database)
        leads.append(client.new_lead(note=str(len(leads))))
        assert client.http.get("/readyz").status_code == 200
    finally:
        server.kill()
    assert_all_there(server, client, leads)


def test_a_link_that_leads_to_another_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    link = tmp_path / "leadloop.db"
    link.symlink_to(tmp_path / "data" / "leadloop.db")
    server, client, leads = start(tmp_path)
    try:
        link.unlink()
        link.symlink_to(tmp_path / "data" / "other.db")
        assert_refused(client, leads[0])
        link.unlink()
        link.symlink_to(tmp_path / "data" / "leadloop.db")
    finally:
        server.kill()
    assert_all_there(server, client, leads)
