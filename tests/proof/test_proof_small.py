"""Each campaign with tiny counts: leadloop comes through, and the planted defect is caught."""

from collections.abc import Callable

import pytest
from msgspec import structs

from lab import disk
from lab.postgres import PostgresServer
from proof import __main__ as proof
from proof.options import Options, campaigns, parse
from proof.report import Campaign

TINY = Options(
    kills=1,
    clients=8,
    patches=11,
    writers=8,
    cuts=8,
    races=20,
    stampedes=4,
    contacts=6,
    bombs=20,
    halves=200,
    versions=30,
    steps=2,
    seed=7,
)

Run = Callable[..., Campaign]


@pytest.fixture
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(disk, "PROBE_SECONDS", 0.05)

    def run(name: str, engine: str, options: Options = TINY) -> Campaign:
        postgres: PostgresServer | None = None
        if engine == "postgres":
            postgres = request.getfixturevalue("postgres_server")
        campaign = proof.run(name, engine, options, postgres)
        assert campaign.violations == []
        assert campaign.control.caught
        assert campaign.passed and campaign.trials > 0 and campaign.fsync_per_s > 0
        assert (campaign.name, campaign.engine) == (name, engine)
        return campaign

    return run


def test_kill(engine: str, run: Run) -> None:
    campaign = run("kill", engine, structs.replace(TINY, kills=2))
    assert campaign.trials == 2
    assert campaign.counts["updates acknowledged"] > 0 and campaign.counts["leads acknowledged"] > 0


def test_lost(engine: str, run: Run) -> None:
    """On PostgreSQL against one process, then against two."""
    processes = 2 if engine == "postgres" else 1
    campaign = run("lost", engine, structs.replace(TINY, patches=60))
    assert campaign.trials == TINY.clients * 60 * processes


def test_feed(engine: str, run: Run) -> None:
    campaign = run("feed", engine)
    assert campaign.counts["acknowledged"] == TINY.writers * TINY.patches
    assert any(name.startswith("locked: ") for name in campaign.counts)


def test_postmaster(run: Run) -> None:
    assert run("postmaster", "postgres").counts["updates acknowledged"] > 0


def test_ambiguous(run: Run) -> None:
    campaign = run("ambiguous", "postgres")
    assert campaign.trials >= TINY.cuts
    assert campaign.counts["patches and creations acknowledged"] > 0


def test_races(engine: str, run: Run) -> None:
    campaign = run("races", engine)
    assert campaign.trials == campaign.counts["races"] == TINY.races
    assert sum(number for name, number in campaign.counts.items() if name.startswith("won by")) == TINY.races


def test_stampede(engine: str, run: Run) -> None:
    campaign = run("stampede", engine)
    assert campaign.trials == TINY.stampedes
    calls, replays = campaign.counts["calls"], campaign.counts["answers marked as replays"]
    assert calls - replays == TINY.stampedes


def test_replay(engine: str, run: Run) -> None:
    campaign = run("replay", engine)
    assert campaign.trials == TINY.kills
    assert campaign.counts["unanswered requests"] > 0
    assert campaign.counts["attempts"] > campaign.counts["requests"] > 0


def test_follower(engine: str, run: Run) -> None:
    campaign = run("follower", engine)
    assert campaign.counts["kills of the server"] == campaign.counts["kills of the follower"] == 2
    assert campaign.trials > campaign.counts["pages with changes"] > 0
    assert any(name.startswith("locked: ") for name in campaign.counts)


def test_upserts(engine: str, run: Run) -> None:
    campaign = run("upserts", engine)
    assert campaign.trials == campaign.counts["leads"] == TINY.contacts


def test_disk_bomb(engine: str, run: Run) -> None:
    campaign = run("disk_bomb", engine)
    assert campaign.trials == TINY.bombs and campaign.counts["bytes of each answer"] > 200_000


def test_half_bodies(run: Run) -> None:
    counts = run("half_bodies", "sqlite").counts
    assert counts["connections answered 503"] > 0 and counts["honest requests answered 200"] > 0


def test_history(engine: str, run: Run) -> None:
    campaign = run("history", engine)
    assert campaign.counts["versions"] == TINY.versions and campaign.control.counts["folded on the event loop"] > 0


def test_pages(run: Run) -> None:
    campaign = run("pages", "sqlite")
    assert campaign.counts["pages answered"] > 0
    assert campaign.control.counts["peak memory growth, MiB"] > campaign.counts["peak memory growth, MiB"]


def test_files(run: Run) -> None:
    campaign = run("files", "sqlite")
    assert campaign.trials == TINY.kills
    assert campaign.counts["updates acknowledged"] > 0 and campaign.counts["requests answered 503"] > 0


def test_second(run: Run) -> None:
    campaign = run("second", "sqlite")
    assert campaign.trials == TINY.kills
    assert campaign.counts["deliveries"] > 0


def test_backups(run: Run) -> None:
    campaign = run("backups", "sqlite")
    assert campaign.trials == TINY.kills
    assert campaign.counts["updates acknowledged"] > 0


def test_clock(run: Run) -> None:
    """One step back and forth; PostgreSQL has the same code in its place."""
    campaign = run("clock", "sqlite")
    assert campaign.counts["steps backward"] == campaign.counts["steps forward"] > 0


def test_every_campaign_is_found_and_no_other() -> None:
    assert set(campaigns()) == {
        *("ambiguous", "backups", "clock", "disk_bomb", "feed", "files", "follower", "half_bodies", "history", "kill"),
        *("lost", "pages", "postmaster", "power", "races", "replay", "second", "stampede", "upserts"),
        *("webhooks", "webhooks_apart", "webhooks_frozen"),
    }
    with pytest.raises(SystemExit):
        parse(["no-such-campaign"])


def test_the_command_repeats_what_was_asked_for() -> None:
    options = parse(["kill", "lost", "--kills", "100", "--engine", "sqlite"])
    assert options.command == "python -m proof kill lost --engine sqlite --kills 100"
    assert parse(options.command.split()[3:]) == options
    assert Options().command == "python -m proof"
