"""SQLite outlives power cuts, and the simulation that shows it forgets what a disk may forget."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from proof import power
from proof.options import Options
from proof.power_disk import SECTOR, Disk, Truncation, Write
from proof.trial import Trial

TIMES = 300


def endings(disk: Callable[[], Disk]) -> list[dict[str, bytes]]:
    """What is left after many cuts, each of the same disk."""
    return [disk().after_cut(Random(seed)) for seed in range(TIMES)]


OLD = b"0" * 4 * SECTOR


def written(*changes: Write | Truncation, synced: bool) -> Disk:
    disk = Disk({"a": OLD})
    file = disk.file("a")
    assert file is not None
    file.waiting += changes
    if synced:
        file.sync()
    return disk


def test_what_is_synced_stays() -> None:
    changes = (Write(SECTOR, b"x" * 5_000), Truncation(2_000), Write(2_100, b"y"))
    expected = OLD[:SECTOR] + b"x" * (2_000 - SECTOR) + bytes(100) + b"y"
    assert all(left == {"a": expected} for left in endings(lambda: written(*changes, synced=True)))


def test_what_is_not_synced_is_torn_and_comes_out_of_order() -> None:
    changes = (Write(0, b"1" * SECTOR * 2), Write(SECTOR, b"2" * SECTOR * 2))
    contents = [left["a"] for left in endings(lambda: written(*changes, synced=False))]
    assert all(content[3 * SECTOR :] == OLD[3 * SECTOR :] for content in contents), "what nobody wrote stays"
    sectors = {b"".join(content[at : at + 1] for at in range(0, 3 * SECTOR, SECTOR)) for content in contents}
    assert {b"000", b"110", b"022", b"122"} <= sectors, "none, either, or both have landed"
    assert {b"002", b"010", b"020", b"100"} <= sectors, "parts of them have"
    assert b"112" in sectors, "the first landed after the second"
    assert any(set(sector) - set(b"012") for sector in sectors), "there is rubbish"


def test_a_file_may_not_have_been_made_and_may_not_have_been_deleted() -> None:
    def disk() -> Disk:
        changed = Disk({"old": b"1"})
        changed.create("new").waiting.append(Write(0, b"2"))
        changed.delete("old")
        return changed

    assert {frozenset(left) for left in endings(disk)} == {
        frozenset(names) for names in ((), ("old",), ("new",), ("old", "new"))
    }

    def synced() -> Disk:
        changed = disk()
        changed.sync_directory()
        return changed

    assert {frozenset(left) for left in endings(synced)} == {frozenset({"new"})}
    assert {left["new"] for left in endings(synced)} >= {b"", b"2"}, "the name is synced, the content is not"


def trial(directory: Path, cuts: int) -> Trial:
    directory.mkdir()
    return Trial("power", "sqlite", Options(cuts=cuts), directory)


def test_nothing_acknowledged_is_lost_and_every_defect_is_caught(tmp_path: Path) -> None:
    report = power.run(trial(tmp_path / "a", 30))
    assert report.violations == []
    assert report.control.caught, report.control.counts
    assert report.trials == sum(number for name, number in report.counts.items() if name.startswith("cut in")) == 30
    assert report.counts["acknowledged changes"] > 1_000


def test_the_same_seed_makes_the_same_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "DEFECTS", ())
    first, other = (power.run(trial(tmp_path / name, 8)) for name in "ab")
    assert first.counts == other.counts
