"""What a campaign found: as JSON in proof/results/, and as docs/reliability.md (`python -m proof.report`)."""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

from lab import report

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "proof" / "results"
PAGE = ROOT / "docs" / "reliability.md"
KEPT = 20
"""So many violations are written down; all are counted."""


class Control(Struct, frozen=True, kw_only=True):
    """The planted defect under the same load: what it is, what was counted, and what the check said of it."""

    about: str
    counts: dict[str, int]
    caught: list[str]
    """In words, at most `KEPT`; none means that the check is blind, and the campaign worth nothing."""


class Campaign(Struct, frozen=True, kw_only=True):
    """One campaign on one engine. `trials` of `unit` were judged: 100 "kills", 12,800 "patches"."""

    name: str
    engine: str
    does: str
    """One sentence: the load, the harm, what is counted."""
    shows: str
    """One sentence: what follows from zero violations, and what does not."""
    seed: int
    versions: dict[str, str]
    """Of leadloop, Python, and SQLite or PostgreSQL."""
    machine: dict[str, str] = field(default_factory=dict)
    fsync_per_s: float
    """Measured in the directory that holds the data. Far above 10,000: nothing waits for a real disk there."""
    trials: int
    unit: str
    counts: dict[str, int]
    violated: int
    violations: list[str]
    """The first `KEPT`."""
    control: Control
    started_at: str
    seconds: float
    command: str

    @property
    def bound(self) -> float | None:
        """With 95 % confidence the failure rate is below 3/N after 0 of N failed; `None` when one did."""
        return 3 / self.trials if self.trials and not self.violated else None

    @property
    def passed(self) -> bool:
        return not self.violated and bool(self.control.caught)


def write(campaign: Campaign, directory: Path = RESULTS) -> Path:
    found = msgspec.to_builtins(campaign) | {"bound": campaign.bound, "passed": campaign.passed}
    path = directory / f"{campaign.name}-{campaign.engine}.json"
    report.write(path, found)
    return path


def read(directory: Path = RESULTS) -> list[Campaign]:
    return [msgspec.json.decode(path.read_bytes(), type=Campaign) for path in sorted(directory.glob("*.json"))]


def verdict(campaign: Campaign) -> str:
    """One line, for the terminal and for the page."""
    if campaign.violated:
        return f"FAILED: {campaign.violated} violations in {campaign.trials:,} {campaign.unit}"
    if not campaign.control.caught:
        return "VOID: the control caught nothing"
    return f"0 violations in {campaign.trials:,} {campaign.unit}{_bounded(campaign)}"


def _bounded(campaign: Campaign) -> str:
    """Fewer than four trials bound nothing."""
    bound = campaign.bound
    return "" if bound is None or bound >= 1 else f"; less than {bound:.2%} fail (95 % confidence)"


def markdown(campaigns: Sequence[Campaign]) -> str:
    named: defaultdict[str, list[Campaign]] = defaultdict(list)
    for campaign in campaigns:
        named[campaign.name].append(campaign)
    return "\n".join([INTRODUCTION, *_summary(campaigns), *(line for one in named.values() for line in _section(one))])


INTRODUCTION = """# Reliability: what was tried, and what was found

<!-- Written by `python -m proof.report` from proof/results/. Do not edit. -->

Each campaign puts leadloop under load, does harm to it, and then compares what is stored with what was acknowledged.
Each has a control: the same load and the same check on a leadloop with a planted defect, which must be caught; where
it is not, the campaign is void. `scripts/proof` repeats all of them with small numbers, the commands below with these.

A failure rate is bounded by the rule of three: after 0 failures in N trials it is below 3/N with 95 % confidence.
"""


def _summary(campaigns: Sequence[Campaign]) -> list[str]:
    rows = [[f"[{one.name}](#{one.name})", one.engine, verdict(one), _first(one.control)] for one in campaigns]
    return [*report.table(["campaign", "engine", "result", "the control's defect"], rows), ""]


def _first(control: Control) -> str:
    return f"{control.about}: {'caught' if control.caught else 'NOT CAUGHT'}"


def _section(campaigns: Sequence[Campaign]) -> list[str]:
    """One campaign on all its engines."""
    first = campaigns[0]
    lines = [f"## {first.name}", "", f"{first.does} {first.shows}", ""]
    names = list(dict.fromkeys(name for one in campaigns for name in one.counts))
    rows = [[name, *(_number(one.counts.get(name)) for one in campaigns)] for name in names]
    rows += [
        ["violations", *(f"{one.violated:,}" for one in campaigns)],
        ["fsyncs/s of the disk", *(f"{one.fsync_per_s:,.0f}" for one in campaigns)],
        ["seconds", *(f"{one.seconds:,.0f}" for one in campaigns)],
    ]
    lines += [*report.table(["", *(one.engine for one in campaigns)], rows), ""]
    for one in campaigns:
        lines += _details(one)
    return [*lines, ""]


def _details(campaign: Campaign) -> list[str]:
    counts = ", ".join(f"{name} {number:,}" for name, number in campaign.control.counts.items())
    facts = ", ".join(f"{name} {value}" for name, value in (campaign.versions | campaign.machine).items())
    lines = [
        f"- {campaign.engine}: `{campaign.command}`, seed {campaign.seed}, {campaign.started_at}; {facts}",
        f"- {campaign.engine}, control ({campaign.control.about}): {counts}",
    ]
    if campaign.control.caught:
        lines.append(f"  - caught: {campaign.control.caught[0]}")
    return lines + [f"  - violation: {violation}" for violation in campaign.violations]


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def main() -> int:
    campaigns = read(RESULTS)
    if not campaigns:
        print("there are no results in proof/results/: run `scripts/proof` first", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(markdown(campaigns), encoding="utf-8")
    print(f"{len(campaigns)} results rendered into {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
