"""The pure parts of the benchmarks. The benchmarks themselves are no test."""

import json

import pytest

from bench import leads, profiling, report
from bench.load import BadRun, Load, parse_wrk
from bench.options import parse
from bench.results import Entry, Run, Sample
from bench.stats import percentile, ratios, spread

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
    assert "- **peer**: another (fsync on)" in text
    assert report.text(run()).splitlines()[0].split()[0] == "requests/s"


def test_a_disk_in_memory_is_called_out() -> None:
    assert not any("memory" in note for note in report.notes(run()))
    assert any("memory" in note for note in report.notes(run(fsyncs=350_000)))


def test_what_is_written_can_be_read_and_holds_the_medians() -> None:
    import msgspec

    written = json.loads(msgspec.json.encode(run().to_builtins()))
    assert written["entries"][1]["leadloop_times_this"] == {"median": 2.0, "least": 1.0, "most": 3.0}
    assert written["entries"][0]["medians"]["server_us"] == 100
    assert msgspec.convert(written, Run).entries == run().entries


def test_profiles_add_up() -> None:
    found = {share.function: share for share in profiling.shares(["main;work;inner 3", "main;work 1"])}
    assert found["inner"][1:] == (0.75, 0.75)
    assert found["work"][1:] == (0.25, 1.0)
    assert found["main"][1:] == (0.0, 1.0)
    assert " 75.0%  75.0%  inner" in profiling.table(list(found.values()), 3)


def test_leads_are_the_same_each_time_and_of_about_4_kb() -> None:
    assert list(leads.leads(1, 3)) == [leads.lead(1, n) for n in range(3)]
    assert leads.lead(1, 0) != leads.lead(2, 0)
    sizes = [len(json.dumps(lead, separators=(",", ":"))) for lead in leads.leads(1, 50)]
    assert 3_800 < min(sizes) <= max(sizes) < 4_300


def test_options_have_the_stated_defaults() -> None:
    options = parse([])
    assert (options.rounds, options.seconds, options.leads, options.kind) == (5, 8.0, 20_000, ["patch"])
    assert parse(["--sizes", "1000,100_000"]).sizes == [1_000, 100_000]


def run(fsyncs: float = 1_234) -> Run:
    ours = Entry(label="leadloop-postgres", about="ours", kind="patch", leads=10)
    theirs = Entry(label="peer", about="another", kind="patch", leads=10, against=ours.label, facts={"fsync": "on"})
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
