"""Identifiers."""

from leadloop.core.ids import ID, new_id


def test_ids_of_one_millisecond_keep_their_order() -> None:
    ids = [new_id(1_700_000_000_000) for _ in range(1_000)]
    assert ids == sorted(set(ids)) and all(ID.fullmatch(id) for id in ids)
    assert new_id(1_600_000_000_000) < ids[0] < ids[-1] < new_id(1_700_000_000_000) < new_id(1_700_000_000_001)
