"""Automatic assignment: fair at any time of a day, never over a cap, and the same choice for the same input."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.catalogue.assignment import Assignment, AssignmentCount, choose, count_one
from leadloop.core.catalogue.catalogue import Catalogue, Options
from leadloop.core.catalogue.model import Entry
from tests.support.examples import examples

DAY_MS = 86_400_000
NOWHERE = {"unit": None, "department": None, "interest": None}
USERS = st.lists(st.tuples(st.integers(1, 4), st.none() | st.integers(0, 6)), min_size=1, max_size=5)


def catalogue(users: list[tuple[int, int | None]], time_zone: str | None = None) -> Catalogue:
    result = Catalogue("a" * 24)
    result.options = Options(time_zone=time_zone)
    result.put(
        Entry(
            kind="users",
            key=f"u{n}",
            id=f"u{n}",
            given=True,
            is_real=True,
            weight=weight,
            daily_cap=cap,
            created_at_ms=1,
            updated_at_ms=1,
        )
        for n, (weight, cap) in enumerate(users)
    )
    return result


@examples(300)
@given(users=USERS, leads=st.integers(1, 40))
def test_no_user_is_ahead_by_more_than_one_assignment_or_over_the_cap(
    users: list[tuple[int, int | None]], leads: int
) -> None:
    user_catalogue, counts, given_to = catalogue(users), dict[str, AssignmentCount](), Counter[str]()
    for n in range(leads):
        choice = choose(user_catalogue, counts, NOWHERE, n)
        assert choice == choose(user_catalogue, counts, NOWHERE, n)
        if choice.assignment is None:
            assert all(cap is not None and given_to[f"u{n}"] == cap for n, (_, cap) in enumerate(users))
            break
        key = choice.assignment.key
        given_to[key] += 1
        counts[key] = count_one(counts.get(key), choice.assignment)
        for user, (weight, cap) in enumerate(users):
            assert cap is None or given_to[f"u{user}"] <= cap
            if cap is None or given_to[f"u{user}"] < cap:
                for other, (other_weight, _) in enumerate(users):
                    ahead = given_to[f"u{other}"] / other_weight - given_to[f"u{user}"] / weight
                    assert ahead < 1 / other_weight + 1e-9


def test_caps_and_shares_restart_at_midnight_in_utc_unless_the_account_has_a_zone() -> None:
    user_catalogue, counts = catalogue([(1, 1)]), {"u0": AssignmentCount(10, 1, 10 * DAY_MS)}
    assert choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS - 1).user is None
    assert choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS).user is not None
    assert count_one(counts["u0"], Assignment("u0", 11 * DAY_MS)) == AssignmentCount(11, 1, 11 * DAY_MS)


def test_a_request_from_before_midnight_counts_on_the_day_that_has_begun() -> None:
    user_catalogue, counts = catalogue([(1, 1)]), {"u0": AssignmentCount(11, 1, 11 * DAY_MS)}
    assert choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS - 1).user is None


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("time_zone", "midnights"),
    [
        ("America/Sao_Paulo", ["2026-03-08T03:00", "2026-03-09T03:00", "2026-03-10T03:00"]),
        ("America/New_York", ["2026-03-08T05:00", "2026-03-09T04:00"]),  # 23 hours
        ("America/New_York", ["2026-11-01T04:00", "2026-11-02T05:00"]),  # 25 hours
        ("America/Santiago", ["2026-09-06T04:00", "2026-09-07T03:00"]),  # begins at one o'clock
        ("America/Havana", ["2026-11-01T04:00", "2026-11-02T05:00"]),  # has two midnights
        ("Pacific/Apia", ["2011-12-29T10:00", "2011-12-30T10:00"]),  # the day after it never was
    ],
)
def test_a_user_gets_the_cap_once_on_each_day_of_the_zone(time_zone: str, midnights: list[str]) -> None:
    user_catalogue, counts = catalogue([(1, 1)], time_zone), dict[str, AssignmentCount]()
    for begin, end in pairwise(map(ms, midnights)):
        for at_ms, takes in ((begin, True), (begin + 1, False), ((begin + end) // 2, False), (end - 1, False)):
            choice = choose(user_catalogue, counts, NOWHERE, at_ms)
            assert (choice.user is not None) == takes, (begin, at_ms)
            if choice.assignment is not None:
                counts["u0"] = count_one(counts.get("u0"), choice.assignment)


@pytest.mark.parametrize(("time_zone", "is_same_day"), [("America/Sao_Paulo", True), ("UTC", False)])
def test_another_zone_counts_by_its_own_days_at_once(time_zone: str, is_same_day: bool) -> None:
    """Assigned at 23:00 of March 8 in Tokyo, requested at 02:00 of March 9 in UTC."""
    choice = choose(catalogue([(1, 1)], "Asia/Tokyo"), {}, NOWHERE, ms("2026-03-08T14:00"))
    assert choice.assignment is not None
    counts = {"u0": count_one(None, choice.assignment)}
    later = choose(catalogue([(1, 1)], time_zone), counts, NOWHERE, ms("2026-03-09T02:00"))
    assert (later.user is None) == is_same_day


def test_who_got_the_last_lead_longest_ago_begins_the_day() -> None:
    user_catalogue = catalogue([(1, None), (1, None)])
    counts = {"u0": AssignmentCount(10, 3, 10 * DAY_MS + 9), "u1": AssignmentCount(10, 2, 10 * DAY_MS + 8)}
    choice = choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS)
    assert choice.user is not None and choice.user.id == "u1"
    assert choice.reason == "autoAttribution: round robin of the account, 1 today"
