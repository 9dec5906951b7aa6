"""The pure parts of the benchmarks. The benchmarks themselves are no test."""

import json
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from bench import documents, leads, profiling, report
from bench.aims import aims
from bench.load import BadRun, Load, parse_wrk
from bench.options import parse
from bench.results import Entry, Run, Sample
from bench.stats import percentile, ratios, spread
from leadloop.demo.year import year
from leadloop.storage.rows import change_row

WRK = """Running 2s test @ http://127.0.0.1:8080
  1 threads and 32 connections
Requests/sec:   1000.00
bench {"requests": 2000, "us": 2000000, "status": 1, "connect": 0, "read": 2, "write": 0, "timeout": 0, \
"p50_us": 1500, "p99_us": 9000}
"""


def test_what_wrk_measured_is_read_with_all_errors() -> None:
    assert parse_wrk(WRK) == Load(requests=2000, seconds=2.0, errors=3, p50_ms=1.5, p99_ms=9.0)


def test_a_silent_wrk_voids_the_run() -> None:
    with pytest.raises(BadRun, match="unable to connect"):
        parse_wrk("unable to connect")


def test_percentiles_are_of_the_nearest_rank() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert (percentile(hundred, 50), percentile(hundred, 99), percentile([7.0], 99), percentile([], 50)) == (
        50,
        99,
        7,
        0,
    )


def test_ratios_compare_neighbours_in_time_only() -> None:
    assert ratios([100, 50, 400], [50, 50, 100]) == (2.0, 1.0, 4.0)
    assert ratios([], []) is None
    assert spread([3, 1, 2]) == (2, 1, 3)


def test_the_report_shows_medians_and_the_ratio() -> None:
    ours, theirs, heading = report.table(run())[0], report.table(run())[1], report.HEADINGS
    assert dict(zip(heading, ours, strict=True)) == {
        "": "leadloop-postgres",
        "requests/s (least–most)": "2,000 (1,000–3,000)",
        "p50 ms": "2.0",
        "p99 ms": "9.0",
        "server CPU µs": "100",
        "PostgreSQL CPU µs": "50",
        "peak RSS MB": "64",
        "leadloop is (least–most)": "",
    }
    assert theirs[-1] == "2.00× (1.00–3.00)"


def test_the_markdown_says_how_it_was_measured() -> None:
    text = report.markdown(run())
    assert text.splitlines()[2].startswith("| leadloop-postgres | 2,000 (1,000–3,000) |")
    assert "`bench/run --rounds 3`" in text and "seed 1" in text and "1,234 and 4,321 fsyncs/s" in text
    assert "- **fastapi**: about fastapi (fsync on)" in text
    assert report.text(run()).splitlines()[0].split()[0] == "requests/s"


def test_a_disk_in_memory_is_called_out() -> None:
    assert not any("memory" in note for note in report.notes(run()))
    assert any("memory" in note for note in report.notes(run(fsyncs=350_000)))


def test_what_is_written_can_be_read_and_holds_the_medians() -> None:
    written = json.loads(msgspec.json.encode(run().to_builtins()))
    assert written["entries"][1]["leadloop_times_this"] == {"median": 2.0, "least": 1.0, "most": 3.0}
    assert written["entries"][0]["medians"]["server_us"] == 100
    assert msgspec.convert(written, Run).entries == run().entries


def test_profiles_add_up() -> None:
    shares = {share.function: share for share in profiling.shares(["main;work;inner 3", "main;work 1"])}
    assert shares["inner"][1:] == (0.75, 0.75)
    assert shares["work"][1:] == (0.25, 1.0)
    assert shares["main"][1:] == (0.0, 1.0)
    assert " 75.0%  75.0%  inner" in profiling.table(list(shares.values()), 3)


def test_aims_stand_beside_what_was_measured() -> None:
    by_text = {aim.text: aim[1:] for aim in aims(run())}
    assert by_text == {"leadloop-postgres ≥ 5 × fastapi": ("2.00× (1.00–3.00)", False)}
    assert "| leadloop-postgres ≥ 5 × fastapi | 2.00× (1.00–3.00) | not met |" in report.markdown(run())


def test_the_worst_case_has_aims_of_its_own() -> None:
    ours, theirs = entry("leadloop-sqlite patch-indexed"), entry("pocketbase patch-indexed")
    for measured, requests in ((ours, 210), (theirs, 100)):
        measured.kind = "patch-indexed"
        measured.samples.append(sample(requests))
    judged = structs.replace(run(), entries=[ours, theirs])
    assert [(aim.text, aim.is_met) for aim in aims(judged)] == [
        ("leadloop-sqlite patch-indexed ≥ 2 × pocketbase patch-indexed", True)
    ]


def test_more_leads_and_deep_pages_are_judged_against_the_first() -> None:
    few, many = (
        entry("leadloop-sqlite, 1,000 leads", 1_000),
        entry("leadloop-sqlite, 9,000 leads", 9_000, "leadloop-sqlite, 1,000 leads"),
    )
    pages = {kind: entry(f"leadloop-sqlite {kind}", 9_000) for kind in ("page-1", "page-2", "page-deep")}
    for kind, page in pages.items():
        page.kind = kind
    for measured, requests in zip((few, many, *pages.values()), (1_000, 810, 100, 104, 90), strict=True):
        measured.samples.append(sample(requests))
    judged = structs.replace(run(), entries=[few, many, *pages.values()])
    assert [(aim.text, aim.is_met) for aim in aims(judged)] == [
        ("leadloop-sqlite, 9,000 leads ≥ 0.8 × 1,000 leads", True),
        ("leadloop-sqlite page-1 as fast as page 2", True),
        ("leadloop-sqlite page-deep as fast as page 1", False),
        ("leadloop-sqlite page-deep as fast as page 2", False),
    ]
    assert [judged.ratio(entry) for entry in judged.entries] == [None] * 5


def test_other_trees_and_keyed_requests_are_judged_against_the_plain_ones() -> None:
    plain, old = entry("leadloop-sqlite"), entry("leadloop-sqlite@old", against="leadloop-sqlite")
    bare = entry("leadloop-sqlite@bare", against="leadloop-sqlite")
    keyed = entry("leadloop-sqlite patch-keyed", against="leadloop-sqlite")
    keyed.kind = "patch-keyed"
    for measured, requests in ((plain, 900), (old, 1_000), (bare, 1_000), (keyed, 600)):
        measured.samples.append(sample(requests))
    judged = structs.replace(run(), entries=[plain, old, bare, keyed])
    assert [(aim.text, aim.is_met) for aim in aims(judged)] == [
        ("leadloop-sqlite ≥ 0.95 × leadloop-sqlite@old", False),
        ("leadloop-sqlite ≥ 0.85 × leadloop-sqlite@bare", True),
    ]
    ratios = [judged.ratio(entry) for entry in judged.entries]
    assert [ratio and ratio.median for ratio in ratios] == [None, 0.9, 0.9, 1.5]
    for measured in (plain, old):
        measured.kind = "list"
    assert next(aim.text for aim in aims(judged)) == "leadloop-sqlite ≥ 2 × leadloop-sqlite@old"


def test_the_leads_are_kept_and_repeated_with_other_ids_and_contacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(leads, "ORIGINALS", 20)
    made = list(leads.histories(1, 45))
    assert made == list(leads.histories(1, 45))
    kept, generated = list(leads.histories(1, 20)), list(year(1, 20, leads.ACCOUNT, leads.END_MS))
    assert made[:20] == kept
    assert [history[-1][:2] for history in kept] == [history[-1][:2] for history in generated]
    assert [[change_row(s.change, 0) for s in history] for history in kept] == [
        [change_row(s.change, 0) for s in history] for history in generated
    ]
    assert len({history[-1].lead.id for history in made}) == len({history[-1].lead.email for history in made}) == 45
    assert all(saved.change.lead_id == history[-1].lead.id for history in made for saved in history)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_peers_keep_as_much_of_a_lead_as_leadloop() -> None:
    for seed in range(3):
        for history in year(seed, 20, leads.ACCOUNT, leads.END_MS):
            text = msgspec.json.encode(documents.document(history[-1]))
            assert abs(len(text) - len(history[-1].doc)) < 120
            assert documents.shown(history[-1].lead)["email"] == history[-1].lead.email


def test_options_have_the_stated_defaults() -> None:
    options = parse([])
    assert (options.rounds, options.seconds, options.leads, options.kind) == (5, 8.0, 20_000, ["patch"])
    assert parse(["--sizes", "1000,100_000"]).sizes == [1_000, 100_000]
    assert parse(["--against", str(leads.CACHE.parents[1])]).against == leads.CACHE.parents[1]
    for refused in (["--against", str(leads.CACHE)], ["--against", ".", "--sizes", "1"]):
        with pytest.raises(SystemExit):
            parse(refused)


def entry(label: str, leads: int = 10, against: str | None = None) -> Entry:
    name = label.split(",", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    return Entry(label=label, name=name, about=f"about {name}", kind="patch", leads=leads, against=against)


def run(fsyncs: float = 1_234) -> Run:
    ours = entry("leadloop-postgres")
    theirs = entry("fastapi", against=ours.label)
    theirs.facts["fsync"] = "on"
    ours.samples += [sample(2_000), sample(1_000), sample(3_000)]
    theirs.samples += [sample(1_000), sample(1_000), sample(1_000)]
    return Run(
        name="test",
        started="2026-01-01T00:00:00+00:00",
        command="bench/run --rounds 3",
        seed=1,
        rounds=3,
        seconds=1.0,
        connections=32,
        fsync_delay_ms=0.0,
        fsyncs_per_second=[fsyncs, max(fsyncs, 4_321)],
        machine={"cores": "2"},
        versions={"leadloop": "0.1.0"},
        entries=[ours, theirs],
    )


def sample(requests: int) -> Sample:
    return Sample(
        requests=requests,
        seconds=1.0,
        p50_ms=2.0,
        p99_ms=9.0,
        server_cpu_s=requests * 100e-6,
        postgres_cpu_s=requests * 50e-6,
        peak_rss_bytes=64_000_000,
    )
