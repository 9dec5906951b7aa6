"""Several processes serve on one port, are replaced when they die, and stop together."""

import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from tests.cli.command import PEPPER, children_of, leadloop, serving, stop, url_of, wait_until_gone


@pytest.fixture
def database(postgres_server: PostgresServer, tmp_path: Path) -> str:
    address = postgres_server.create_database(f"workers_{abs(hash(str(tmp_path))):x}")
    assert leadloop("migrate", folder=tmp_path, DATABASE=address).code == 0
    return address


def answers(url: str) -> int:
    with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
        return int(answer.status)


def test_all_of_them_serve_and_stop(database: str, tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path, DATABASE=database, PEPPER=PEPPER) as process:
        url = url_of(process)
        workers = children_of(process)
        assert len(workers) == 2
        assert {answers(url) for _ in range(20)} == {200}
        done = stop(process)
        assert (done.code, done.err) == (0, "")
        wait_until_gone(workers)


def test_ctrl_c_reaches_the_whole_group_and_is_no_error(database: str, tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path, DATABASE=database, PEPPER=PEPPER) as process:
        url_of(process)
        os.killpg(process.pid, signal.SIGINT)
        assert (process.errors(), process.wait(60)) == ("", 0)


def test_sigterm_to_the_whole_group_is_no_error(database: str, tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path, DATABASE=database, PEPPER=PEPPER) as process:
        url_of(process)
        os.killpg(process.pid, signal.SIGTERM)
        assert (process.errors(), process.wait(60)) == ("", 0)


def test_one_that_dies_is_replaced(database: str, tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path, DATABASE=database, PEPPER=PEPPER) as process:
        url = url_of(process)
        before = children_of(process)
        os.kill(min(before), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while len(now := children_of(process)) < 2 or now == before:
            assert time.monotonic() < deadline
            assert answers(url) == 200
        assert len(now & before) == 1
        done = stop(process)
        assert done.code == 0
        assert "process died" in done.err


def test_they_stop_by_themselves_when_the_parent_is_killed(database: str, tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path, DATABASE=database, PEPPER=PEPPER) as process:
        url_of(process)
        workers = children_of(process)
        process.kill()
        process.wait()
        wait_until_gone(workers)
