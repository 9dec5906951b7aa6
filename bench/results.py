"""The result of a run, and its form in results/*.json. Only `save` writes a file."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from bench.stats import Spread, ratios, spread
from lab.report import write

DIRECTORY = Path(__file__).parent / "results"


class Sample(Struct, frozen=True, kw_only=True):
    """One turn of one entry."""

    requests: int
    seconds: float
    p50_ms: float | None
    p99_ms: float | None
    server_cpu_s: float
    postgres_cpu_s: float | None = None
    peak_rss_bytes: int
    postgres_bytes: int | None = None

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def server_us(self) -> float:
        return self.server_cpu_s / self.requests * 1e6

    @property
    def postgres_us(self) -> float | None:
        return None if self.postgres_cpu_s is None else self.postgres_cpu_s / self.requests * 1e6


class Entry(Struct, kw_only=True):
    """One system under one kind of load. `against` is the label of the entry it is compared with."""

    label: str
    name: str
    """The contender's."""
    about: str
    kind: str
    leads: int
    against: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def rates(self) -> list[float]:
        return [sample.rate for sample in self.samples]

    def rate(self) -> Spread:
        return spread(self.rates())

    def median_of(self, name: str) -> float | None:
        """The median of an attribute of the samples; `None` if they have none."""
        values = [value for sample in self.samples if (value := getattr(sample, name)) is not None]
        return spread(values).median if values else None


class Run(Struct, kw_only=True):
    """A whole run, and how to repeat it."""

    name: str
    started: str
    command: str
    seed: int
    rounds: int
    seconds: float
    connections: int
    fsync_delay_ms: float
    fsyncs_per_second: list[float]
    """Measured before the first round and after the last, without the added delay."""
    machine: dict[str, str]
    versions: dict[str, str]
    entries: list[Entry]

    def ratio(self, entry: Entry) -> Spread | None:
        """The rate of the leadloop beside it divided by its own, round by round."""
        other = next((candidate for candidate in self.entries if candidate.label == entry.against), None)
        is_another = other is not None and (other.name, other.kind) != (entry.name, entry.kind)
        return ratios(other.rates(), entry.rates()) if other and is_another else None

    def to_builtins(self) -> dict[str, Any]:
        """For the JSON: the samples, and the medians for readers."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        for entry_document, entry in zip(document["entries"], self.entries, strict=True):
            names = ("p50_ms", "p99_ms", "server_us", "postgres_us", "peak_rss_bytes", "postgres_bytes")
            entry_document["medians"] = {"rate": entry.rate().median} | {name: entry.median_of(name) for name in names}
            ratio = self.ratio(entry)
            entry_document["leadloop_times_this"] = ratio and ratio._asdict()
        return document


def save(name: str, result: Any, text: str) -> None:
    """Writes a file; prints `text` and its path."""
    path = DIRECTORY / f"{name}.json"
    write(path, result)
    print(f"\n{text}\n\nwritten to {path.relative_to(DIRECTORY.parents[1])}")
