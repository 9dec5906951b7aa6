"""Renders a run as text: a table for the terminal, a section of Markdown for the docs. `python -m bench.report FILE`
prints the latter. Pure except for `main`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.aims import aims
from bench.results import Entry, Run
from lab import report

MEMORY_DISK_FSYNCS = 100_000
HEADINGS = (
    "",
    "requests/s (least–most)",
    "p50 ms",
    "p99 ms",
    "server CPU µs",
    "PostgreSQL CPU µs",
    "peak RSS MB",
    "leadloop is (least–most)",
)
AIM_HEADINGS = ("aim", "measured (least–most)", "")


def table(run: Run) -> list[list[str]]:
    """A row for each entry, under `HEADINGS`."""
    return [_row(run, entry) for entry in run.entries if entry.samples]


def _row(run: Run, entry: Entry) -> list[str]:
    rate, ratio = entry.rate(), run.ratio(entry)
    memory = entry.median_of("peak_rss_bytes") or None
    return [
        entry.label,
        f"{rate.median:,.0f} ({rate.least:,.0f}–{rate.most:,.0f})",
        _number(entry.median_of("p50_ms"), 1),
        _number(entry.median_of("p99_ms"), 1),
        _number(entry.median_of("server_us") or None, 0),
        _number(entry.median_of("postgres_us"), 0),
        _number(memory and memory / 1e6, 0),
        f"{ratio.median:.2f}× ({ratio.least:.2f}–{ratio.most:.2f})" if ratio else "",
    ]


def aims_table(run: Run) -> list[list[str]]:
    """A row for each aim that the run has a figure for, under `AIM_HEADINGS`."""
    return [[aim.text, aim.measured, "met" if aim.is_met else "not met"] for aim in aims(run)]


def text(run: Run) -> str:
    """For a terminal."""
    tables = [_columns([list(HEADINGS), *table(run)])]
    if rows := aims_table(run):
        tables.append(_columns([list(AIM_HEADINGS), *rows]))
    return "\n\n".join([*tables, "\n".join(notes(run))])


def markdown(run: Run) -> str:
    tables = ["\n".join(report.table(HEADINGS, table(run)))]
    if rows := aims_table(run):
        tables.append("\n".join(report.table(AIM_HEADINGS, rows)))
    about = {entry.name: f"- **{entry.name}**: {entry.about}{_facts(entry)}" for entry in run.entries}
    return "\n\n".join([*tables, "\n".join([*(f"- {note}" for note in notes(run)), *about.values(), ""])])


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(_align(row, widths)).rstrip() for row in rows)


def notes(run: Run) -> list[str]:
    """The conditions of the run, for the reader of the numbers."""
    fsyncs = " and ".join(f"{rate:,.0f}" for rate in run.fsyncs_per_second)
    notes = [
        f"`{run.command}` at {run.started}, seed {run.seed}: medians of {run.rounds} alternating rounds of "
        f"{run.seconds:g} s, {run.connections} connections; the ratio is taken round by round.",
        f"The disk did {fsyncs} fsyncs/s before and after."
        + (f" Each fsync was made {run.fsync_delay_ms:g} ms longer." if run.fsync_delay_ms else ""),
        "; ".join(f"{name} {value}" for name, value in (run.machine | run.versions).items()) + ".",
    ]
    if min(run.fsyncs_per_second, default=0) > MEMORY_DISK_FSYNCS and not run.fsync_delay_ms:
        notes.append("That is memory, not a disk: nothing here was durable. Set TMPDIR to a directory on a disk.")
    return notes


def _facts(entry: Entry) -> str:
    return f" ({'; '.join(f'{name} {value}' for name, value in entry.facts.items())})" if entry.facts else ""


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _align(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]


def main(paths: Sequence[str]) -> int:
    for path in paths:
        print(markdown(msgspec.json.decode(Path(path).read_bytes(), type=Run)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
