"""Identifiers."""

import pytest

from leadloop.core import ids as ids_module
from leadloop.core.ids import ID, new_id


def test_ids_of_one_millisecond_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that has made no later ones: other tests have."""
    monkeypatch.setattr(ids_module, "_sequence", ids_module._IdSequence())
    ids = [new_id(1_700_000_000_000) for _ in range(1_000)]
    assert ids == sorted(set(ids)) and all(ID.fullmatch(id) for id in ids)
    assert new_id(1_600_000_000_000) < ids[0] < ids[-1] < new_id(1_700_000_000_000) < new_id(1_700_000_000_001)
