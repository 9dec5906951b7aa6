"""What the load writes, the rows of it that pgbench repeats, the parts of a profile, and the committed numbers."""

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

import pytest

from bench import committed, mix, parts
from bench.contenders.pgbench import SOURCE, parts_of
from bench.leads import ACCOUNT, END_MS
from bench.rows import Group, groups
from leadloop.demo.year import year


@lru_cache
def groups_of(name: str) -> Sequence[Group]:
    return groups(name, [history[-1].lead for history in year(3, 30, ACCOUNT, END_MS)])


def test_the_mix_has_the_shares_of_the_demos_year() -> None:
    bodies = [json.loads(mix.filled(text, Random(n))) for n, text in enumerate(mix.bodies("demo"))]
    changes = mix.log()
    for field in ("notes", "owner", "answers", "cart", "steps", "tags", "last_message", "loss_reason"):
        logged = sum(field in change.fields for change in changes) / len(changes)
        sent = sum(mix.SENT[field] in body for body in bodies) / len(bodies)
        assert abs(logged - sent) < 0.005, field
    stages = sum("stage" in change.fields or "status" in change.fields for change in changes) / len(changes)
    assert abs(stages - sum("status" in body for body in bodies) / len(bodies)) < 0.005


@pytest.mark.parametrize("name", mix.MIXES)
def test_each_body_changes_any_lead_and_sets_what_it_says(name: str) -> None:
    """`groups` applies each body to a lead and raises for one that changes nothing."""
    alike = groups_of(name)
    assert sum(group.share for group in alike) == len(mix.bodies(name))
    written = {part for group in alike for part in group.parts}
    assert written >= {"demo": {"message", "facts", "terms", "words"}, "indexed": {"facts", "terms", "words"}}.get(
        name, set()
    )
    indexed = sum(group.share for group in alike if "True" in (group.variables["email"], group.variables["phone"]))
    assert round(indexed / len(mix.bodies(name)), 2) == (0.67 if name == "indexed" else 0)


def test_a_script_of_pgbench_has_theparts_of_its_group_only() -> None:
    text = (SOURCE / "rows.sql").read_text()
    for group in groups_of("demo"):
        script = "".join(parts_of(text, group))
        assert ("INSERT INTO lead_facts" in script) == ("facts" in group.parts)
        assert ("DELETE FROM lead_terms" in script) == ("terms" in group.parts)
        assert ("UPDATE lead_words" in script) == bool(group.parts & {"words", "place"})
        assert "{after}" not in script and script.count("INSERT INTO changes") == 1


def test_samples_count_for_the_innermost_part() -> None:
    stacks = [
        "asyncio_run (uvicorn/_compat.py);merge (leadloop/core/leads/merge.py);loads (json/__init__.py) 3",
        "Writer._run (leadloop/storage/sqlite/writer.py);Writer._commit (leadloop/storage/sqlite/writer.py) 1",
        "Thread.run (threading.py);Condition.wait (threading.py) 9",
    ]
    assert {share.part: share.share for share in parts.part_shares(stacks)} == {"merge": 0.75, "commit": 0.25}


def test_numbers_within_two_percent_of_the_committed_ones_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(committed, "FILE", tmp_path / "instructions.toml")
    monkeypatch.setattr(committed, "PROGRAMS", ())
    assert committed.reason_not_to_check() == "instructions.toml is missing"
    committed.write({"sqlite demo": 1_000_000, "sqlite plain": 500_000})
    committed.write({"sqlite plain": 600_000})
    assert committed.reason_not_to_check() is None
    assert committed.check({"sqlite demo": 1_019_000, "sqlite plain": 590_000}) == 0
    assert committed.check({"sqlite demo": 979_000}) == 1
    assert "sqlite demo: 979,000 is not within 2% of the committed 1,000,000" in capsys.readouterr().out
    monkeypatch.setattr(committed, "python_build", lambda: "another")
    assert "is another" in (committed.reason_not_to_check() or "")


def test_a_bare_leadloop_touches_neither_catalogue_nor_search_index() -> None:
    """In a process of its own, since `leave_out` replaces what the package has recorded."""
    script = (
        "from bench.bare import leave_out; leave_out();"
        "from leadloop.core.changes import FieldChange;"
        "from leadloop.derived.projection import _READERS, touched_parts;"
        "print(sorted(touched_parts([FieldChange(f'/{field}') for field in _READERS])))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"terms", "words", "references"} & set(json.loads(done.stdout.replace("'", '"')))
    assert {"facts", "columns"} & set(json.loads(done.stdout.replace("'", '"')))
