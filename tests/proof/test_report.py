"""Results are kept as JSON and shown on one page: what was done, how often, and what came of it."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from proof import report
from proof.report import MOST_LISTED, Campaign, Control
from proof.trial import control_result

SOUND = Campaign(
    name="kill",
    engine="sqlite",
    does="It is killed.",
    shows="It lives on, but says nothing of power cuts.",
    seed=7,
    versions={"leadloop": "1.2.3", "Python": "3.11", "SQLite": "3.50"},
    machine={"cores": "2"},
    fsync_per_s=1_234.0,
    trials=100,
    unit="kills",
    counts={"updates acknowledged": 12_345},
    violated=0,
    violations=[],
    control=Control(about="answers early", counts={"lost": 9}, caught=["update 1 is lost"]),
    started_at="2026-01-02T03:04:05+00:00",
    seconds=61.5,
    command="python -m proof kill --kills 100",
)
FAILED = structs.replace(SOUND, violated=2, violations=["lead a is lost", "lead b is lost"])
BLIND = structs.replace(SOUND, control=Control(about="answers early", counts={}, caught=[]))


def test_the_rule_of_three() -> None:
    assert SOUND.bound == pytest.approx(0.03)
    assert FAILED.bound is None
    assert structs.replace(SOUND, trials=0).bound is None


def test_only_a_campaign_without_violations_whose_control_was_caught_has_passed() -> None:
    assert [trial.passed for trial in (SOUND, FAILED, BLIND)] == [True, False, False]
    assert report.verdict(SOUND) == "0 violations in 100 kills; less than 3.00% fail (95 % confidence)"
    assert report.verdict(structs.replace(SOUND, trials=3)) == "0 violations in 3 kills"
    assert report.verdict(FAILED) == "FAILED: 2 violations in 100 kills"
    assert report.verdict(BLIND) == "VOID: the control caught nothing"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    postgres = structs.replace(SOUND, engine="postgres")
    assert report.write(SOUND, tmp_path).name == "kill-sqlite.json"
    assert report.write(postgres, tmp_path).name == "kill-postgres.json"
    assert report.read(tmp_path) == [postgres, SOUND]
    record = msgspec.json.decode((tmp_path / "kill-sqlite.json").read_bytes())
    assert (record["bound"], record["passed"], record["seed"]) == (0.03, True, 7)
    assert record["control"]["caught"] == ["update 1 is lost"]


def test_the_page_has_all_of_it() -> None:
    page = report.markdown([SOUND, structs.replace(FAILED, engine="postgres"), structs.replace(BLIND, name="lost")])
    lines = page.splitlines()
    assert "It is killed. It lives on, but says nothing of power cuts." in lines
    assert "|  | sqlite | postgres |" in lines
    assert "| updates acknowledged | 12,345 | 12,345 |" in lines
    assert "| violations | 0 | 2 |" in lines
    assert "| fsyncs/s of the disk | 1,234 | 1,234 |" in lines
    assert any("`python -m proof kill --kills 100`, seed 7" in line and "SQLite 3.50" in line for line in lines)
    assert "  - violation: lead b is lost" in lines
    assert "  - caught: update 1 is lost" in lines
    assert sum("NOT CAUGHT" in line for line in lines) == 1
    assert [line for line in lines if line.startswith("## ")] == ["## kill", "## lost"]


def test_a_control_keeps_only_the_first_of_what_was_caught() -> None:
    assert len(control_result("x", {}, [str(n) for n in range(100)]).caught) == MOST_LISTED


def test_the_page_is_written_from_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "PAGE", tmp_path / "docs" / "reliability.md")
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    assert report.main() == 1
    report.write(SOUND, tmp_path / "results")
    assert report.main() == 0
    assert (tmp_path / "docs" / "reliability.md").read_text("utf-8") == report.markdown([SOUND])
