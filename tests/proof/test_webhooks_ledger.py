"""Deliveries are judged request by request, and missing ones are reported."""

from collections.abc import Sequence

from proof.webhooks_ledger import DeliveryLedger
from proof.webhooks_receiver import Arrival


def came(version: int, previous: int | None = None, event_id: str = "", unanswered: Sequence[int] = ()) -> Arrival:
    before = version - 1 if previous is None else previous
    return Arrival("e", "lead", version, before, event_id or f"evt_{version}", 0.0, list(unanswered))


def test_versions_that_come_one_by_one_are_right_and_the_last_may_come_again() -> None:
    ledger = DeliveryLedger()
    assert ledger.judge([came(1), came(2), came(2, unanswered=[2]), came(3)]) == []
    assert ledger.missing({"lead": 3}, ["e"]) == []
    assert ledger.repeats == 1


def test_what_comes_out_of_turn_is_found() -> None:
    ledger = DeliveryLedger()
    assert ledger.judge([came(1), came(3)]) == ["e: version 3 of lead arrived too early, after version 1"]
    assert ledger.judge([came(2)]) == ["e: version 2 of lead arrived again after version 3"]
    early = DeliveryLedger().judge([came(1), came(2, unanswered=[1])])
    assert early == ["e: version 2 of lead arrived too early, before version 1 was answered"]


def test_what_says_something_else_of_the_same_change_is_found() -> None:
    ledger = DeliveryLedger()
    assert ledger.judge([came(1, event_id="one")]) == []
    assert ledger.judge([came(1, event_id="two")]) == ["e: version 1 of lead arrived with another webhook-id"]
    assert ledger.judge([came(2, previous=0)]) == ["e: version 2 of lead claims to follow version 0"]


def test_what_never_came_is_found_for_each_endpoint() -> None:
    ledger = DeliveryLedger()
    ledger.judge([came(1)])
    assert ledger.missing({"lead": 2}, ["e"]) == ["e: version 2 of lead never arrived"]
    assert len(ledger.missing({"lead": 2, "other": 1}, ["e", "f"])) == 5


def test_only_what_was_under_way_at_a_death_may_come_again() -> None:
    ledger = DeliveryLedger()
    ledger.judge([came(1), came(1), came(2), came(2), came(2)])
    assert (ledger.repeats, ledger.unexcused) == (3, 3)
    ledger.excuse([("e", "lead", 2), ("e", "lead", 3)])
    assert (ledger.repeats, ledger.unexcused) == (3, 2)
