"""The campaigns for webhooks with tiny counts: leadloop comes through, and the planted defects are caught."""

import pytest

from lab import disk
from lab.postgres import PostgresServer
from proof import __main__ as proof
from proof import webhooks
from proof.options import Options
from proof.report import Campaign

TINY = Options(kills=3, patches=11, writers=8, seed=7)


def run(name: str, engine: str, postgres: PostgresServer | None, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    monkeypatch.setattr(disk, "PROBE_SECONDS", 0.05)
    campaign = proof.run(name, engine, TINY, postgres)
    assert campaign.violations == []
    assert campaign.control.caught
    return campaign


@pytest.fixture
def postgres(engine: str, request: pytest.FixtureRequest) -> PostgresServer | None:
    return None if engine == "sqlite" else request.getfixturevalue("postgres_server")


def test_every_change_is_told_in_order_through_kills(
    engine: str, postgres: PostgresServer | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LEADS": 20, "HEAT": 3, "MOST_ACKS": 120}.items():  # the same share of hot leads
        monkeypatch.setattr(webhooks, name, value)
    campaign = run("webhooks", engine, postgres, monkeypatch)
    assert campaign.trials == TINY.kills
    assert campaign.counts["deliveries"] > 2 * TINY.kills


def test_a_frozen_worker_changes_nothing(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = run("webhooks_frozen", "postgres", postgres_server, monkeypatch)
    assert campaign.counts == {"late answers: 200": 2, "late answers: 500": 1}


def test_an_endpoint_does_not_wait_for_others(
    engine: str, postgres: PostgresServer | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = run("webhooks_apart", engine, postgres, monkeypatch)
    assert campaign.trials == 2 * TINY.writers * (1 + TINY.patches)
    assert campaign.counts["requests never answered"] > 0
