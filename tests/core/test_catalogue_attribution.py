"""Automatic assignment: fair at any time of a day, never over a cap, and the same choice for the same input."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.catalogue.assignment import DAY_MS, AssignmentCount, choose, count_one
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from tests.support.examples import examples

NOWHERE = {"unit": None, "department": None, "interest": None}
USERS = st.lists(st.tuples(st.integers(1, 4), st.none() | st.integers(0, 6)), min_size=1, max_size=5)


def catalogue(users: list[tuple[int, int | None]]) -> Catalogue:
    result = Catalogue("a" * 24)
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
        counts[key] = count_one(counts.get(key), n)
        for user, (weight, cap) in enumerate(users):
            assert cap is None or given_to[f"u{user}"] <= cap
            if cap is None or given_to[f"u{user}"] < cap:
                for other, (other_weight, _) in enumerate(users):
                    ahead = given_to[f"u{other}"] / other_weight - given_to[f"u{user}"] / weight
                    assert ahead < 1 / other_weight + 1e-9


def test_caps_and_shares_restart_at_midnight_in_utc() -> None:
    user_catalogue, counts = catalogue([(1, 1)]), {"u0": AssignmentCount(10, 1, 10 * DAY_MS)}
    assert choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS - 1).user is None
    assert choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS).user is not None
    assert count_one(counts["u0"], 11 * DAY_MS) == AssignmentCount(11, 1, 11 * DAY_MS)


def test_a_request_from_before_midnight_counts_on_the_day_that_has_begun() -> None:
    user_catalogue, counts = catalogue([(1, 1)]), {"u0": AssignmentCount(11, 1, 11 * DAY_MS)}
    assert choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS - 1).user is None


def test_who_got_the_last_lead_longest_ago_begins_the_day() -> None:
    user_catalogue = catalogue([(1, None), (1, None)])
    counts = {"u0": AssignmentCount(10, 3, 10 * DAY_MS + 9), "u1": AssignmentCount(10, 2, 10 * DAY_MS + 8)}
    choice = choose(user_catalogue, counts, NOWHERE, 11 * DAY_MS)
    assert choice.user is not None and choice.user.id == "u1"
    assert choice.reason == "autoAttribution: round robin of the account, 1 today"
