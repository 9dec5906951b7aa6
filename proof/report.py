"""The result of a campaign: JSON in proof/results/, and a section of docs/reliability.md (`python -m proof.report`)."""

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
MOST_LISTED = 20
"""At most this many violations are listed; all are counted."""


class Control(Struct, frozen=True, kw_only=True):
    """The planted defect under the same load: what it is, the counts, and the violations that the check reported."""

    about: str
    counts: dict[str, int]
    caught: list[str]
    """At most `MOST_LISTED` violations; none means that the check is blind and the campaign void."""


class Campaign(Struct, frozen=True, kw_only=True):
    """One campaign on one engine. `trials` of `unit` were judged: 100 "kills", 12,800 "patches"."""

    name: str
    engine: str
    does: str
    """The load, the fault, and what the campaign checks or measures."""
    shows: str
    """What follows from zero violations, and what does not."""
    seed: int
    versions: dict[str, str]
    """Versions of leadloop, Python, and SQLite or PostgreSQL."""
    machine: dict[str, str] = field(default_factory=dict)
    fsync_per_s: float
    """Measured in the directory that holds the data. Far above 10,000, the directory is not on a real disk."""
    trials: int
    unit: str
    counts: dict[str, int]
    violated: int
    violations: list[str]
    """The first `MOST_LISTED`."""
    control: Control
    started_at: str
    seconds: float
    command: str

    @property
    def bound(self) -> float | None:
        """With 95 % confidence the failure rate is below 3/N after 0 failures in N trials; `None` after a failure."""
        return 3 / self.trials if self.trials and not self.violated else None

    @property
    def passed(self) -> bool:
        return not self.violated and bool(self.control.caught)


def write(campaign: Campaign, directory: Path = RESULTS) -> Path:
    document = msgspec.to_builtins(campaign) | {"bound": campaign.bound, "passed": campaign.passed}
    path = directory / f"{campaign.name}-{campaign.engine}.json"
    report.write(path, document)
    return path


def read(directory: Path = RESULTS) -> list[Campaign]:
    return [msgspec.json.decode(path.read_bytes(), type=Campaign) for path in sorted(directory.glob("*.json"))]


def verdict(campaign: Campaign) -> str:
    """One line, for the terminal and for the page."""
    if campaign.violated:
        return f"FAILED: {campaign.violated} violations in {campaign.trials:,} {campaign.unit}"
    if not campaign.control.caught:
        return "VOID: the control caught nothing"
    return f"0 violations in {campaign.trials:,} {campaign.unit}{_bound_text(campaign)}"


def _bound_text(campaign: Campaign) -> str:
    """Empty for fewer than four trials, which bound nothing."""
    bound = campaign.bound
    return "" if bound is None or bound >= 1 else f"; less than {bound:.2%} fail (95 % confidence)"


def markdown(campaigns: Sequence[Campaign]) -> str:
    by_name: defaultdict[str, list[Campaign]] = defaultdict(list)
    for campaign in campaigns:
        by_name[campaign.name].append(campaign)
    return "\n".join(
        [INTRODUCTION, *_summary(campaigns), *(line for group in by_name.values() for line in _section(group))]
    )


INTRODUCTION = """# Reliability: fault campaigns and their results

<!-- Written by `python -m proof.report` from proof/results/. Do not edit. -->

Each campaign puts leadloop under load, injects faults, and then compares what is stored with what was acknowledged.
Each has a control: the same load and the same check on a leadloop with a planted defect. The check must catch the
defect; otherwise the campaign is void. `scripts/proof` repeats all campaigns with small numbers, the commands below
with the numbers shown.

The rule of three bounds the failure rate: after 0 failures in N trials it is below 3/N with 95 % confidence.
"""


def _summary(campaigns: Sequence[Campaign]) -> list[str]:
    rows = [
        [f"[{campaign.name}](#{campaign.name})", campaign.engine, verdict(campaign), _defect(campaign.control)]
        for campaign in campaigns
    ]
    return [*report.table(["campaign", "engine", "result", "defect of the control"], rows), ""]


def _defect(control: Control) -> str:
    return f"{control.about}: {'caught' if control.caught else 'NOT CAUGHT'}"


def _section(campaigns: Sequence[Campaign]) -> list[str]:
    """One campaign on all its engines."""
    first = campaigns[0]
    lines = [f"## {first.name}", "", f"{first.does} {first.shows}", ""]
    names = list(dict.fromkeys(name for campaign in campaigns for name in campaign.counts))
    rows = [[name, *(_number(campaign.counts.get(name)) for campaign in campaigns)] for name in names]
    rows += [
        ["violations", *(f"{campaign.violated:,}" for campaign in campaigns)],
        ["fsyncs/s of the disk", *(f"{campaign.fsync_per_s:,.0f}" for campaign in campaigns)],
        ["seconds", *(f"{campaign.seconds:,.0f}" for campaign in campaigns)],
    ]
    lines += [*report.table(["", *(campaign.engine for campaign in campaigns)], rows), ""]
    for campaign in campaigns:
        lines += _details(campaign)
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
