"""Reads over much of an account have a deadline on both engines, and are refused in the dialect's form."""

from collections.abc import Iterator

import httpx
import pytest

from lab import bombs
from lab.server import Client, Leadloop, serving
from tests.conftest import new_database

JANUARY = {"from": "2026-01-01", "to": "2026-02-01"}
JANUARY_INSTANTS = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
JAN_1 = 1_767_225_600_000


@pytest.fixture(scope="module")
def impatient(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Client]:
    """The client of a server that gives long reads no time at all."""
    database = new_database(engine, tmp_path_factory.mktemp("impatient"), request)
    with serving(Leadloop(engine, database, command=bombs.command(bombs.IMPATIENT))) as client:
        for _ in range(3):
            client.new_lead(leadDate=JAN_1)
        yield client


def refused(answer: httpx.Response, dialect: str) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    body = answer.json()
    if dialect == "leadsail":
        assert body["error"]["code"] == "UNAVAILABLE" and "takes longer than" in body["error"]["message"]
    else:
        assert body["code"] == 503 and "takes longer than" in body["message"]


@pytest.mark.parametrize("path", ["insights", "insights/funnel"])
def test_insights_and_the_funnel_have_a_deadline(impatient: Client, path: str) -> None:
    for query in ({}, {"groupBy": "source"}) if path == "insights" else ({},):
        refused(impatient.leadsail("GET", path, params={**JANUARY, **query}), "leadsail")


def test_expad_insights_and_lists_have_a_deadline_on_sqlite(impatient: Client, engine: str) -> None:
    """On PostgreSQL each statement has its own deadline."""
    if engine == "sqlite":
        refused(impatient.expad("GET", "insights", params=JANUARY_INSTANTS), "expad")
        refused(impatient.expad("GET", params={"search": "ana"}), "expad")
        refused(impatient.leadsail("GET", params={"search": "ana"}), "leadsail")
        refused(impatient.leadsail("GET", "catalogue/tags"), "leadsail")


def test_short_reads_are_answered(impatient: Client) -> None:
    lead = impatient.new_lead()
    assert impatient.patch(lead, {"status": "ACTIVE"})["version"] == 2
    assert impatient.get(lead)["status"] == "ACTIVE"
    assert impatient.http.get("/healthz").status_code == 200
