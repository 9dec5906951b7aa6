"""PostgreSQL from nothing: one sentence says what is missing and what to type; the README's commands work."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lab.databases import execute
from lab.postgres import REPOSITORY, PostgresServer
from tests.cli.command import PEPPER, Done, leadloop

PASSWORD = "geheim"
RULES = """
host all postgres 127.0.0.1/32 trust
host all guest 127.0.0.1/32 trust
host all barred 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
local all postgres trust
local all all peer
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresServer]:
    """Its rules lie in a folder that the user postgres can enter, whatever pytest does to its own."""
    with TemporaryDirectory(prefix="leadloop-rules-") as folder, PostgresServer(_rules(Path(folder))) as server:
        execute(
            server.url,
            f"CREATE ROLE ana LOGIN PASSWORD '{PASSWORD}'",
            "CREATE ROLE guest LOGIN",
            "CREATE ROLE mute",
            "ALTER ROLE mute PASSWORD 'x'",
            "CREATE DATABASE leads",
            "CREATE DATABASE closed",
            "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
        )
        yield server


def _rules(folder: Path) -> dict[str, str]:
    rules = folder / "pg_hba.conf"
    rules.write_text(RULES)
    for path in (folder, rules):
        path.chmod(0o755)
    return {"hba_file": str(rules)}


def refused(command: str, folder: Path, cluster: PostgresServer, login: str, database: str) -> str:
    """The one line of the error, with the command to type."""
    place = cluster.url.partition("@")[2].partition("/")[0]
    done = leadloop(*command.split(), folder=folder, DATABASE=f"postgresql://{login}@{place}/{database}", PEPPER=PEPPER)
    return one_line(done, f"leadloop: postgresql {login.partition(':')[0]}@{place}/{database} refuses leadloop: ")


def one_line(done: Done, start: str) -> str:
    assert (done.code, done.out) == (1, "")
    [line] = done.err.splitlines()
    assert line.startswith(start), line
    assert PASSWORD not in line and "Traceback" not in line
    return line


@pytest.mark.parametrize("command", ["migrate", "serve --port 0", "serve --port 0 --workers 2", "accounts list"])
@pytest.mark.parametrize(
    ("login", "database", "remedy"),
    [
        (
            "guest",
            "nowhere",
            "the database nowhere does not exist: .*`sudo -u postgres createdb --owner=guest nowhere`",
        ),
        (f"ana:x{PASSWORD}", "leads", r"password is missing or wrong: .*`sudo -u postgres createuser --pwprompt ana`"),
        ("ana", "leads", r"password is missing or wrong: .*\(postgresql://ana:password@host/leads\)"),
        (f"eva:{PASSWORD}", "leads", "the role eva does not exist, .*`sudo -u postgres createuser --pwprompt eva`"),
        ("mute:x", "leads", "`sudo -u postgres psql -c 'ALTER ROLE mute LOGIN'`"),
        ("barred", "leads", r"rejects connection .*pg_hba\.conf"),
        (f"ana:{PASSWORD}", "closed", "psql -d closed -c 'GRANT ALL ON DATABASE closed TO ana'`"),
    ],
)
def test_what_is_missing_is_said_with_what_to_type(
    cluster: PostgresServer, tmp_path: Path, command: str, login: str, database: str, remedy: str
) -> None:
    assert re.search(remedy, refused(command, tmp_path, cluster, login, database))


def test_a_role_that_may_not_make_tables(cluster: PostgresServer, tmp_path: Path) -> None:
    line = refused("migrate", tmp_path, cluster, f"ana:{PASSWORD}", "leads")
    assert "permission denied for schema public" in line
    command = re.search(r"psql -d leads -c '(GRANT [^']*)'`", line)
    assert command
    execute(cluster.url.removesuffix("postgres") + "leads", command[1])
    place = cluster.url.partition("@")[2].partition("/")[0]
    mine = f"postgresql://ana:{PASSWORD}@{place}/leads"
    assert leadloop("migrate", folder=tmp_path, DATABASE=mine).code == 0
    line = refused("accounts list", tmp_path, cluster, "guest", "leads")
    assert "connect as the role that created leadloop's tables" in line


def test_the_doctor_says_it_as_well(cluster: PostgresServer, tmp_path: Path) -> None:
    place = cluster.url.partition("@")[2].partition("/")[0]
    done = leadloop("doctor", folder=tmp_path, DATABASE=f"postgresql://guest@{place}/nowhere", PEPPER=PEPPER)
    [problem] = [line for line in done.out.splitlines() if not line.startswith("ok ")]
    assert (done.code, done.err) == (1, "")
    assert problem.startswith("problem  database: ") and "createdb --owner=guest nowhere" in problem


def test_what_the_readme_says_works(cluster: PostgresServer, tmp_path: Path) -> None:
    """Runs the README's block unchanged, except for PostgreSQL's administrator and address, and for serving."""
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    block = re.search(r"On PostgreSQL.*?```sh\n(.*?)```", readme, re.DOTALL)
    assert block
    place = cluster.url.partition("@")[2].partition("/")[0]
    text = re.sub(r"^(apt-get|sudo apt-get|leadloop serve).*\n", "", block[1], flags=re.MULTILINE)
    text = text.replace("sudo -u postgres ", "PGUSER=postgres ").replace("@127.0.0.1/", f"@{place}/")
    programs = subprocess.check_output([REPOSITORY / "scripts" / "postgres"], text=True).strip()
    host, _, port = place.partition(":")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LEADLOOP_")}
    done = subprocess.run(
        ["sh", "-e", "-c", f'leadloop() {{ {sys.executable} -m leadloop "$@"; }}\n{text}\nleadloop doctor'],
        cwd=tmp_path,
        env={**variables, "PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": host, "PGPORT": port},
        input="PASSWORD\nPASSWORD\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"ll_live_\w+", done.stdout)
    assert "ok       migrations" in done.stdout
