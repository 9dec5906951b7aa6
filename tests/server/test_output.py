"""Writers never wait for the reader of the output: a queue holds the lines, and counts those that do not fit."""

import os
import threading
from collections.abc import Iterator

import pytest

from leadloop.server.output import BYTES_LIMIT, LINES_LIMIT, QueuedOutput, queued_output

GAP = "GAP "


class Pipe:
    def __init__(self) -> None:
        self.end, self.start = os.pipe()

    def read(self) -> list[str]:
        """Everything, once the other end is closed."""
        with os.fdopen(self.end) as file:
            return file.read().splitlines()


def gap(dropped: int) -> str:
    return f"{GAP}{dropped}\n"


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    yield Pipe()


def test_lines_come_in_order(pipe: Pipe) -> None:
    with queued_output(pipe.start) as output:
        for number in range(500):
            output.write(f"{number}\n")
    os.close(pipe.start)
    assert pipe.read() == [str(number) for number in range(500)]


def drained(pipe: Pipe, output: QueuedOutput) -> list[str]:
    """Reads until the queue is empty."""
    lines = list[str]()
    reader = threading.Thread(target=lambda: lines.extend(pipe.read()))
    reader.start()
    assert output.flush(60)
    os.close(pipe.start)
    reader.join()
    return lines


@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize("size", [10, 3_000, 30_000])
def test_a_blocked_reader_stops_no_writer_and_dropped_lines_are_counted_in_place(
    pipe: Pipe, size: int, blocking: bool
) -> None:
    os.set_blocking(pipe.start, blocking)
    output, count = QueuedOutput(pipe.start, gap), 3 * min(LINES_LIMIT, BYTES_LIMIT // size)
    for number in range(count):
        output.write(f"{number} {'x' * size}\n")
    assert not output.flush(0.05)
    *lines, last = drained(pipe, output)
    assert [line.split()[0] for line in lines] == [str(number) for number in range(len(lines))]
    assert last == f"{GAP}{count - len(lines)}"
    assert sum(len(line) for line in lines) < BYTES_LIMIT + 200_000  # what is in the pipe is in neither


def test_it_goes_on_after_a_gap(pipe: Pipe) -> None:
    os.write(pipe.start, b"-" * 65_535 + b"\n")  # all that a pipe holds
    output = QueuedOutput(pipe.start, gap)
    for _ in range(LINES_LIMIT + 10):
        output.write("x\n")
    with os.fdopen(os.dup(pipe.end)) as file:
        assert file.readline().startswith("-")
        while (line := file.readline()) == "x\n":
            pass
        assert line in ("GAP 9\n", "GAP 10\n")  # one line may have been with the thread
        output.write("later\n")
        assert file.readline() == "later\n"


def test_a_closed_reader_or_a_full_disk_stops_no_writer(pipe: Pipe) -> None:
    os.close(pipe.end)
    for descriptor in (pipe.start, os.open("/dev/full", os.O_WRONLY)):
        output = QueuedOutput(descriptor, gap)
        for _ in range(100):
            output.write("x\n")
        assert not output.flush(60)  # lost, but not waited for
        os.dup2(end := os.memfd_create("room"), descriptor)
        output.write("there is room\n")
        assert output.flush(60)
        os.lseek(end, 0, os.SEEK_SET)
        assert os.read(end, 1_000).decode() == "GAP 100\nthere is room\n"


def test_writing_is_safe_from_many_threads(pipe: Pipe) -> None:
    with queued_output(pipe.start, gap) as output:

        def write(name: str) -> None:
            for n in range(1_000):
                output.write(f"{name} {n}\n")

        writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        lines = drained(pipe, output)
    for name in "abcd":
        assert [line for line in lines if line[0] == name] == [f"{name} {n}" for n in range(1_000)]
