"""CONTRIBUTING's table "to change X, edit Y": a copy of leadloop gets the edits that it names, and then does what they
are for. (tests/behaviour/test_third_dialect.py does the same for a dialect.)
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from lab.server import Client, Leadloop, running, serving
from tests.support.copies import Copy

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATH = re.compile(r"`((?:api|core|insights)/[\w/]+\.py)`")


class Edit(NamedTuple):
    """A line to add below another one, or to put in its place."""

    path: str
    line: str
    new: str


EDITS = {
    "a lead field": [
        Edit("core/leads/model.py", "FORMAT = 3\n", "FORMAT = 4\n"),
        Edit("core/leads/model.py", "    name: str | None = None\n", "    nickname: str | None = None\n"),
        Edit("core/leads/patch.py", "    name: Replace[str] = UNSET\n", "    nickname: Replace[str] = UNSET\n"),
        Edit("api/expad/wire/__init__.py", '    "keyword": "keyword",\n', '    "nickname": "nickname",\n'),
        Edit(
            "api/leadsail/wire/__init__.py",
            '    "country": StoredField("country", "country", COUNTRY),\n',
            '    "nickname": StoredField("nickname", "nickname", TEXT),\n',
        ),
    ],
    "a dimension of the Insights": [
        Edit("insights/dimensions.py", '    _column("status"),\n', '    _column("thermometer"),\n'),
        Edit("insights/lead_view.py", "    loss_reason: Ref | None = None\n", "    thermometer: str | None = None\n"),
    ],
    "a field of the search": [
        Edit(
            "core/search/fields.py",
            '    "id": lambda lead: (lead.id,),\n',
            '    "thermometer": lambda lead: (lead.thermometer,),\n',
        ),
    ],
}
FORMAT = "FORMAT = "


def row_paths(change: str) -> set[str]:
    """The modules that the table names for a change."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    row = re.search(rf"^\| {re.escape(change)} \|(.*)\|$", text, re.MULTILINE)
    assert row is not None, change
    return set(PATH.findall(row[1]))


@pytest.mark.parametrize("change", EDITS)
def test_the_table_names_the_edits(change: str) -> None:
    assert {edit.path for edit in EDITS[change]} == row_paths(change)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """With all the edits, and what `python -m tools.recorded_reads --write` makes of them."""
    directory = tmp_path_factory.mktemp("copy")
    edited = Copy(directory / "src")
    for edit in (edit for edits in EDITS.values() for edit in edits):
        edited.replace(edit.path, edit.line, edit.new if edit.line.startswith(FORMAT) else edit.line + edit.new)
    shutil.copytree(ROOT / "tools", directory / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(directory / "src"), str(directory)])}
    command = [sys.executable, "-m", "tools.recorded_reads", "--write"]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.sub(r"\d{4}", "N", done.stdout).split(": ")[0] == "sqlite/migrations/N_rebuild_words.sql rebuilds words"
    return edited


class Both(NamedTuple):
    client: Client
    """Of the edited leadloop."""
    earlier: str
    """A lead that leadloop stored before the edits."""


@pytest.fixture(scope="module")
def both(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    database = str(tmp_path_factory.mktemp("database") / "leadloop.db")
    with serving(Leadloop("sqlite", database)) as client:
        earlier = client.new_lead(name="Ana Souza", thermometer="WARM")
        with running(Leadloop("sqlite", database, command=copy.command)) as edited, closing(client.at(edited)) as later:
            yield Both(later, earlier)


def test_a_lead_field_is_patched_and_shown_in_both_dialects(both: Both) -> None:
    client, lead_id = both.client, both.client.new_lead(nickname="Nana")
    assert client.get(lead_id)["nickname"] == "Nana"
    assert client.patch_leadsail(lead_id, {"nickname": "Nanda"}).json() == {"success": True, "data": None}
    assert client.get(lead_id)["nickname"] == client.get_leadsail(lead_id)["nickname"] == "Nanda"
    changes = client.leadsail("GET", f"leads/{lead_id}/changes").json()["data"]["changes"]
    assert changes[-1]["fields"] == [{"field": "/nickname", "before": "Nana", "after": "Nanda"}]
    assert client.patch(lead_id, {"nickname": None})["changed"] == ["/nickname"]
    assert client.get(lead_id)["nickname"] == "" and "nickname" not in client.get_leadsail(lead_id)


def test_a_dimension_groups_and_filters(both: Both) -> None:
    both.client.new_lead(thermometer="COLD")
    period = {"from": "2020-01-01", "to": "2100-01-01", "measures": "leads"}
    answer = both.client.leadsail("GET", "insights", params={**period, "groupBy": "thermometer"}).json()["data"]
    counts = {group["key"]["thermometer"]: group["leads"] for group in answer["groups"]}
    assert (counts["WARM"], counts["COLD"]) == (1, 1)
    answer = both.client.leadsail("GET", "insights", params={**period, "thermometer": "cold"}).json()["data"]
    assert answer["total"]["leads"] == 1


def test_a_search_field_finds_new_leads_and_those_from_before(both: Both) -> None:
    hot = both.client.new_lead(thermometer="Very hot")
    assert lead_ids(both.client, "thermometer:warm") == [both.earlier]
    assert lead_ids(both.client, 'thermometer:"very hot"') == [hot]
    both.client.patch(hot, {"thermometer": "ICE"})
    assert lead_ids(both.client, 'thermometer:"very hot"') == [] and lead_ids(both.client, "thermometer:ice") == [hot]


def lead_ids(client: Client, query: str) -> list[str]:
    answer = client.leadsail("GET", params={"q": query})
    assert answer.status_code == 200, answer.text
    return [lead["leadId"].removeprefix("lead_") for lead in answer.json()["data"]["leads"]]
