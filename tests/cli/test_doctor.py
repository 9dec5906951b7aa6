"""The doctor reports every problem, and none in a healthy instance."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import apsw
import pytest

from lab.server import Leadloop, serving
from tests.cli.command import PEPPER, leadloop
from tests.cli.instance import Instance
from tests.conftest import new_database
from tests.storage.database import Database
from tests.storage.test_insights import execute


def findings(
    folder: Path, database: str = "leadloop.db", pepper: str = PEPPER, *options: str
) -> tuple[int, dict[str, Any]]:
    done = leadloop("doctor", "--json", *options, folder=folder, DATABASE=database, PEPPER=pepper)
    return done.code, {check["check"]: (check["ok"], check["detail"]) for check in json.loads(done.out)}


def with_leads(engine: str, database: str, leads: int = 3) -> None:
    with serving(Leadloop(engine, database)) as client:
        for number in range(leads):
            lead_id = client.new_lead(email=f"ana{number}@example.com", tags=[{"name": "a"}])
            client.patch(lead_id, {"note": "called", "fields": [{"id": "x", "value": "1"}]})
            client.patch(lead_id, {"name": "Ana Maria", "fields": [{"id": "x", "value": None}]})
        assert client.leadsail("DELETE", f"leads/{lead_id}").status_code < 300


def test_a_healthy_instance(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = new_database(engine, tmp_path, request)
    with_leads(engine, database)
    code, checks = findings(tmp_path, database)
    assert [name for name, (ok, _) in checks.items() if not ok] == []
    assert code == 0
    assert checks["change feed"][1] == "10 records without gaps"
    assert checks["leads"][1].startswith("3 ")
    assert PEPPER not in str(checks)
    text = leadloop("doctor", folder=tmp_path, DATABASE=database, PEPPER=PEPPER)
    assert (text.code, text.err) == (0, "")
    assert all(line.startswith("ok ") for line in text.out.splitlines())


def test_a_database_that_may_lose_what_it_acknowledged(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = new_database("postgres", tmp_path, request)
    with_leads("postgres", database)
    separator = "&" if "?" in database else "?"
    code, checks = findings(tmp_path, f"{database}{separator}options=-csynchronous_commit%3Doff")
    assert code == 1
    assert [name for name, (ok, _) in checks.items() if not ok] == ["durability"]
    assert "synchronous_commit off" in checks["durability"][1]


def test_files_that_every_user_can_read(tmp_path: Path) -> None:
    with_leads("sqlite", str(tmp_path / "leadloop.db"))
    assert findings(tmp_path)[1]["privacy"][0]
    pepper = tmp_path / "pepper"
    pepper.write_text(PEPPER)
    for file, variables in ((tmp_path / "leadloop.db", {"PEPPER": PEPPER}), (pepper, {"PEPPER_FILE": "pepper"})):
        file.chmod(0o644)
        done = leadloop("doctor", folder=tmp_path, **variables)
        [problem] = [line for line in done.out.splitlines() if not line.startswith("ok ")]
        assert (done.code, problem.startswith("problem  privacy: ")) == (1, True)
        _, _, command = problem.partition(": run ")
        subprocess.run(command.split(), cwd=tmp_path, check=True)
        assert leadloop("doctor", folder=tmp_path, **variables).code == 0


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("DELETE FROM changes WHERE position = 2", "change feed"),
        ("UPDATE leads SET doc = json_set(doc, '$.name', 'Eva')", "leads"),
        ("DELETE FROM leads", "leads"),
        ("DELETE FROM lead_facts", "insights"),
        ("UPDATE lead_facts SET value_micros = 1", "insights"),
        ("DELETE FROM lead_places", "search"),
        ("UPDATE feeds SET lead_count = lead_count + 1", "totals"),
        ("UPDATE feeds SET position = position + 1", "totals"),
        ("DELETE FROM lead_terms", "search"),
        ("UPDATE changes SET at_ms = at_ms + 86400000 WHERE position = 4", "clock"),
    ],
)
def test_data_that_do_not_agree(tmp_path: Path, damage: str, check: str) -> None:
    with_leads("sqlite", str(tmp_path / "leadloop.db"))
    connection = apsw.Connection(str(tmp_path / "leadloop.db"))
    connection.execute(damage)
    connection.close()
    code, checks = findings(tmp_path)
    assert code == 1
    assert not checks[check][0]


def test_derived_data_is_rebuilt_from_the_leads(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = new_database(engine, tmp_path, request)
    with_leads(engine, database)
    damages = ["UPDATE feeds SET lead_count = 0", "DELETE FROM lead_facts", "DELETE FROM lead_terms"]
    damages.append("UPDATE lead_words SET words = ''")
    if engine == "sqlite":
        damages[-1] = "DELETE FROM lead_places"
    for damage in damages:
        asyncio.run(execute(Database(engine, database), damage))
    code, checks = findings(tmp_path, database)
    assert (code, *(checks[name][0] for name in ("totals", "insights", "search"))) == (1, False, False, False)
    code, checks = findings(tmp_path, database, PEPPER, "--recompute")
    assert code == 0, checks
    assert findings(tmp_path, database)[0] == 0


def test_before_there_is_anything(tmp_path: Path) -> None:
    code, checks = findings(tmp_path)
    assert code == 1
    assert not checks["database"][0]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_away(tmp_path: Path) -> None:
    code, checks = findings(tmp_path, "postgresql://ana:geheim@127.0.0.1:1/x")
    assert code == 1
    assert checks["settings"][0]
    assert not checks["database"][0]
    assert "geheim" not in str(checks)


def test_a_pepper_that_is_missing(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = new_database(engine, tmp_path, request)
    with_leads(engine, database, 1)
    code, checks = findings(tmp_path, database, "0" * 64)
    assert (code, checks["pepper"][0]) == (1, False)


def test_webhooks_are_counted(migrated: Instance) -> None:
    for n in range(2):
        made = migrated("webhooks", "create", "--account", migrated.account, "--url", f"https://a.test/{n}", "--json")
    assert migrated("webhooks", "pause", made.json["id"], "--account", migrated.account).code == 0
    [finding] = [check for check in migrated("doctor", "--json").json if check["check"] == "webhooks"]
    detail = "2, of them paused 0, disabled 1; the encryption key is derived from the pepper"
    assert (finding["ok"], finding["detail"]) == (True, detail)
