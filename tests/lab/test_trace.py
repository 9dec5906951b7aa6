"""The trace of one PATCH: what counts as an entry and a return, and that it sees the threads and the whole way."""

from pathlib import Path

import pytest

from lab.source_tree import ROOT
from lab.trace import Call, Trace, trace_patches


def test_a_return_is_an_entry_into_a_file_that_was_left() -> None:
    trace = Trace([Call("MainThread", file, "f") for file in ("a", "b", "b", "a", "c", "b")])
    assert trace.entries == ["a", "b", "a", "c", "b"]
    assert (trace.files, trace.returns) == (3, 2)


@pytest.mark.slow
def test_it_follows_a_patch_through_the_threads_of_a_server(tmp_path: Path) -> None:
    expad, leadsail = trace_patches(ROOT, str(tmp_path / "leadloop.db"))
    for trace, dialect in ((expad, "expad"), (leadsail, "leadsail")):
        threads = {call.thread for call in trace.calls}
        files = set(trace.entries)
        assert "MainThread" in threads and len(threads) > 1
        assert {"server/connection.py", f"api/{dialect}/dialect.py", "core/leads/merge.py"} <= files
        assert trace.entries[0] == "server/connection.py" and 0 < trace.returns < 200
        assert not any("expad" in file for file in files) or dialect == "expad"
