"""The parts of the webhook benchmarks that can go wrong unseen: the receiver's counts, the delays, the verdicts."""

import http.client
from collections.abc import Iterator

import pytest

from bench.aims import aims
from bench.load import BadRun
from bench.options import Options, parse
from bench.plan import plan
from bench.results import Entry, Run, Sample
from bench.webhooks import (
    PATHS,
    WEBHOOKS,
    ArrivalCounts,
    Receiver,
    backlog,
    delay_result,
    drain_result,
    in_flight,
    pace,
)
from leadloop.webhooks import sign

SECRET = sign.new_secret()
MS = 1_000_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.reset()
    yield receiver
    receiver.stop()


def post(receiver: Receiver, path: str, lead_id: str, version: int) -> int:
    body = f'{{"type":"lead.updated","data":{{"leadId":"lead_{lead_id}","version":{version}}}}}'.encode()
    line = http.client.HTTPConnection(receiver.url.removeprefix("http://"), timeout=30)
    try:
        line.request("POST", path, body, sign.headers("evt_1", 1_000, body, [SECRET]))
        return line.getresponse().status
    finally:
        line.close()


def test_the_receiver_tells_what_came_first_by_path_lead_and_version(receiver: Receiver) -> None:
    assert [post(receiver, path, "0a", version) for version in (1, 2) for path in PATHS] == [200] * 4
    assert set(receiver.arrivals()) == {"/one 0a 1", "/one 0a 2", "/two 0a 1", "/two 0a 2"}
    counted = receiver.until(lambda: 4)
    assert (counted.repeats, counted.refused) == (0, 0)
    assert counted.first_ns == receiver.arrivals()["/one 0a 1"] < counted.last_ns == receiver.arrivals()["/two 0a 2"]
    receiver.check_signature(SECRET)
    receiver.reset()
    assert receiver.arrivals() == {}


def test_what_comes_twice_or_is_signed_with_another_secret_voids_the_run(receiver: Receiver) -> None:
    post(receiver, PATHS[0], "0a", 1)
    post(receiver, PATHS[0], "0a", 1)
    with pytest.raises(BadRun, match="1 deliveries arrived twice"):
        receiver.until(lambda: 1)
    with pytest.raises(BadRun, match="signed"):
        receiver.check_signature(sign.new_secret())


def test_what_is_to_fail_fails_and_counts_for_nothing(receiver: Receiver) -> None:
    assert post(receiver, "/fail", "0a", 1) == 500
    assert receiver.counts() == ArrivalCounts(distinct=0, repeats=0, refused=1, first_ns=0, last_ns=0)


def test_delays_are_counted_from_the_answer_to_the_change() -> None:
    counted = ArrivalCounts(distinct=3, repeats=0, refused=0, first_ns=0, last_ns=2_000 * MS)
    arrivals = {"/one a 1": 10 * MS, "/one b 1": 25 * MS, "/one c 1": 30 * MS}
    load = delay_result(counted, arrivals, {"a 1": 5 * MS, "b 1": 5 * MS, "c 1": 31 * MS})
    assert (load.requests, load.seconds, load.p50_ms, load.p99_ms) == (3, 2.0, 5.0, 20.0)
    assert drain_result(counted)[:2] == (3, 2.0)


def test_the_turns_have_the_stated_paces_and_limits() -> None:
    assert [kind for kind in WEBHOOKS if in_flight(kind) == 8] == ["drain-8"]
    assert (pace("steady", 3_000), pace("steady-750", 3_000), backlog(1.5)) == (1_500, 750, 3_000)


def test_an_older_leadloop_has_no_webhooks(tmp_path_factory: pytest.TempPathFactory) -> None:
    def labels(*arguments: str) -> list[str]:
        options: Options = parse(arguments)
        return [step.entry.label for step in plan(options, tmp_path_factory.mktemp("bench"))]

    chosen = ["--only", "leadloop-sqlite", "procrastinate"]
    assert labels(*chosen) == ["leadloop-sqlite"]
    assert labels(*chosen, "--kind", "patch-hooked", "webhooks", "--against", ".") == [
        *(f"leadloop-sqlite {kind}" for kind in ("patch-hooked", *WEBHOOKS)),
        *(f"procrastinate {kind}" for kind in WEBHOOKS),
    ]


def test_webhooks_are_judged_by_their_cpu_their_delays_and_what_they_cost_a_patch() -> None:
    entries = [
        entry("leadloop-sqlite", "patch", sample(1_000)),
        entry("leadloop-sqlite patch-hooked", "patch-hooked", sample(590), against="leadloop-sqlite"),
        entry("leadloop-sqlite drain", "drain", sample(1_000)),
        entry("leadloop-sqlite steady", "steady", sample(1_000, p50_ms=49.0, p99_ms=501.0)),
        entry("procrastinate drain", "drain", sample(10), against="leadloop-sqlite drain"),
    ]
    by_text = {aim.text: aim[1:] for aim in aims(run(entries))}
    assert by_text == {
        "leadloop-sqlite patch-hooked ≥ 0.6 × leadloop-sqlite": ("0.59× (0.59–0.59)", False),
        "leadloop-sqlite drain: ≥ 1,500 deliveries a second of the server's CPU": ("2,000 (2,000–2,000)", True),
        "leadloop-sqlite steady: p50 ≤ 50 ms, p99 ≤ 500 ms": ("49.0, 501.0", False),
    }


def entry(label: str, kind: str, sample: Sample, against: str | None = None) -> Entry:
    name = label.split(" ", maxsplit=1)[0]
    return Entry(label=label, name=name, about="", kind=kind, leads=10, against=against, samples=[sample])


def sample(requests: int, p50_ms: float | None = None, p99_ms: float | None = None) -> Sample:
    return Sample(
        requests=requests,
        seconds=1.0,
        p50_ms=p50_ms,
        p99_ms=p99_ms,
        server_cpu_s=requests * 500e-6,
        peak_rss_bytes=1,
    )


def run(entries: list[Entry]) -> Run:
    return Run(
        name="",
        started="",
        command="",
        seed=1,
        rounds=1,
        seconds=1.0,
        connections=32,
        fsync_delay_ms=0.0,
        fsyncs_per_second=[],
        machine={},
        versions={},
        entries=entries,
    )
