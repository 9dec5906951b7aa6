"""Processes that send webhooks beside those that serve: on PostgreSQL."""

import os
import signal
import threading
from pathlib import Path

import pytest

from lab.forks import ForkedProcess
from lab.receiver import WebhookRequest, poll, receiving, version_of, versions
from lab.webhooks import OPTIONS, attempts, deliveries, is_signed, subscribe
from tests.cli.command import children_of, stop, wait_until_gone
from tests.cli.instance import Instance

LEADS, CHANGES = 10, 10


@pytest.fixture
def instance(tmp_path: Path, request: pytest.FixtureRequest) -> Instance:
    return Instance("postgres", tmp_path, request)


def first_line(process: ForkedProcess) -> str:
    """Waits until it sends."""
    line = process.stdout.readline()
    assert " sending webhooks (postgresql " in line, line or process.errors()
    return line


def test_two_processes_send_everything_in_order_while_another_serves(instance: Instance) -> None:
    with receiving() as receiver, instance.serving("--no-send-webhooks") as owner:
        endpoint = subscribe(owner, receiver)
        leads = [owner.new_lead() for _ in range(LEADS)]
        assert {delivery["state"] for delivery in deliveries(owner, endpoint)} == {"pending"}
        assert receiver.got == []
        with instance.running("worker", "--processes", "2", *OPTIONS) as worker:
            first_line(worker)
            for n in range(CHANGES):
                for lead_id in leads:
                    owner.patch(lead_id, {"note": f"n{n}"})
            for lead_id in leads:
                got = receiver.until_version(lead_id, 1 + CHANGES)
            assert stop(worker)[::2] == (0, "")
        for lead_id in leads:
            firsts = list(dict.fromkeys(versions(got, lead_id)))
            assert firsts == list(range(1, CHANGES + 2))
        assert all(is_signed(delivery, endpoint["secret"]) for delivery in got)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_stopping_worker_finishes_its_deliveries_in_flight(instance: Instance, number: int, processes: str) -> None:
    answer = threading.Event()

    def late(got: WebhookRequest, before: int) -> int:
        assert answer.wait(60)
        return 200

    with receiving(late) as receiver, instance.serving("--no-send-webhooks") as owner:
        endpoint = subscribe(owner, receiver)
        lead_id = owner.new_lead()
        with instance.running("worker", "--processes", processes, *OPTIONS) as worker:
            first_line(worker)
            receiver.until(lambda got: len(got) == 1)
            os.killpg(worker.pid, number)
            answer.set()
            assert stop(worker, 0)[::2] == (0, "")
        [attempt] = attempts(owner, endpoint)
        assert (attempt["status"], attempt["leadId"]) == (200, f"lead_{lead_id}")
        assert [delivery["state"] for delivery in deliveries(owner, endpoint)] == ["done"]
        assert len(receiver.got) == 1


def test_ctrl_c_reaches_processes_through_the_parent_only(instance: Instance) -> None:
    with instance.running("worker", "--processes", "2") as worker:
        first_line(worker)
        for pid in children_of(worker):
            [blocked] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "SigBlk" in line]
            assert int(blocked.split()[1], 16) & 1 << (signal.SIGINT - 1)


def test_one_that_dies_is_replaced(instance: Instance) -> None:
    with receiving() as receiver, instance.serving("--no-send-webhooks") as owner:
        subscribe(owner, receiver)
        with instance.running("worker", "--processes", "2", *OPTIONS) as worker:
            first_line(worker)
            before = children_of(worker)
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            poll(lambda: len(now := children_of(worker)) == 2 and not now & before)
            lead_id = owner.new_lead()
            assert version_of(receiver.until_version(lead_id, 1)[0]) == (lead_id, 1)
            done = stop(worker)
            assert (done.code, "process died" in done.err) == (0, True)


def test_they_stop_by_themselves_when_the_parent_is_killed(instance: Instance) -> None:
    with instance.running("worker", "--processes", "2") as worker:
        first_line(worker)
        children = children_of(worker)
        assert len(children) == 2
        worker.kill()
        worker.wait()
        wait_until_gone(children)
