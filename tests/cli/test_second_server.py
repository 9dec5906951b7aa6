"""Two servers on one embedded database: both serve, the first sends the webhooks, the second takes over at once."""

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from lab.forks import ForkedProcess
from lab.receiver import WebhookRequest, poll, receiving
from lab.webhooks import OPTIONS, deliveries, subscribe
from tests.cli.command import PEPPER, running, serving, stop, url_of
from tests.cli.instance import Instance

SOON_S = 20
"""Far less than the 60 s of a lease."""


@pytest.fixture
def instance(tmp_path: Path, request: pytest.FixtureRequest) -> Instance:
    return Instance("sqlite", tmp_path, request)


class Second:
    """Its standard error, line by line."""

    def __init__(self, process: ForkedProcess) -> None:
        self._lines: list[str] = []
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, words: str) -> None:
        deadline = time.monotonic() + SOON_S
        while not any(words in line for line in self._lines):
            assert time.monotonic() < deadline, self._lines
            time.sleep(0.02)

    def _read(self) -> None:
        assert self._process.stderr is not None
        self._lines.extend(iter(self._process.stderr.readline, ""))


def test_the_second_serves_and_sends_when_the_first_has_stopped(instance: Instance, tmp_path: Path) -> None:
    variables = {"DATABASE": instance.database, "PEPPER": PEPPER}
    with receiving() as receiver, serving(*OPTIONS, folder=tmp_path, **variables) as first:
        with closing(instance.client(url_of(first))) as owner:
            endpoint = subscribe(owner, receiver)
            owner.new_lead()
            receiver.until(lambda got: len(got) == 1)
        with running("serve", "--port", "0", *OPTIONS, folder=tmp_path, **variables) as process:
            second, url = Second(process), url_of(process)
            second.until("this is the second server")
            with closing(instance.client(url)) as owner:
                owner.new_lead()
                receiver.until(lambda got: len(got) == 2)
                done = stop(first)
                assert (done.code, done.err) == (0, "")
                second.until("this one sends the webhooks now")
                owner.new_lead()
                receiver.until(lambda got: len(got) == 3)
                assert len(receiver.got) == 3, "each was sent once"
                poll(lambda: {delivery["state"] for delivery in deliveries(owner, endpoint)} == {"done"})
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_claims_of_a_killed_server_are_sent_at_once(instance: Instance, tmp_path: Path) -> None:
    killed = threading.Event()

    def hanging(got: WebhookRequest, before: int) -> int:
        assert killed.wait(60)
        return 200

    variables = {"DATABASE": instance.database, "PEPPER": PEPPER}
    with receiving(hanging) as receiver:
        with serving(*OPTIONS, folder=tmp_path, **variables) as first, closing(instance.client(url_of(first))) as owner:
            endpoint = subscribe(owner, receiver)
            lead = owner.new_lead()
            receiver.until(lambda got: len(got) == 1)
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
        killed.set()
        begun = time.monotonic()
        with instance.serving() as owner:
            receiver.until(lambda got: len(got) == 2)
            assert time.monotonic() - begun < SOON_S
            assert {delivery.data["leadId"] for delivery in receiver.got} == {f"lead_{lead}"}
            poll(lambda: {delivery["state"] for delivery in deliveries(owner, endpoint)} == {"done"})
