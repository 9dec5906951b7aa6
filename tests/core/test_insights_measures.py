"""Percentiles by nearest rank and quotients rounded half to even are exact for all numbers."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.insights.measures import Contribution, Sum, change, figures, other_currencies, round_half_even, scaled
from leadloop.insights.times import RUN, Times
from tests.support.examples import examples

TIMES_MS = st.integers(0, 50) | st.integers(0, 10**14)


def times(durations: list[int]) -> Times:
    kept = Times()
    kept.add_all(durations)
    return kept


@examples(200)
@given(sample=st.lists(TIMES_MS, max_size=60), repeats=st.sampled_from([1, 2, 200]), percent=st.integers(1, 100))
def test_a_percentile_is_the_least_that_is_not_above_so_many(sample: list[int], repeats: int, percent: int) -> None:
    every = sample * repeats
    kept = times(every)
    assert len(kept) == len(every) and sorted(kept) == sorted(every) and kept.total_ms == sum(every)
    (rank,) = kept.ranks([percent])
    if rank is None:
        assert not every
    else:
        enough = Fraction(percent * len(every), 100)
        assert rank in every and sum(ms <= rank for ms in every) >= enough > sum(ms < rank for ms in every)


def test_percentiles_go_over_all_runs() -> None:
    assert times(list(range(3 * RUN, 0, -1))).ranks([50, 90, 100]) == [3 * RUN // 2, -(-27 * RUN // 10), 3 * RUN]
    assert times([]).ranks([50, 90]) == [None, None]
    assert times([7]).ranks([1, 50, 100]) == [7, 7, 7]


@examples(200)
@given(part=st.integers(-(10**20), 10**20) | st.integers(-9, 9), of=st.integers(1, 10**6) | st.integers(1, 4))
def test_halves_go_to_the_even_number(part: int, of: int) -> None:
    assert round_half_even(part, of) == round(Fraction(part, of))


@examples(200)
@given(whole=st.integers(-(10**25), 10**25), places=st.sampled_from([3, 6]))
def test_numbers_are_written_without_zeros_at_the_end_and_without_an_exponent(whole: int, places: int) -> None:
    number = scaled(whole, places)
    assert number == Context(prec=60, rounding=ROUND_HALF_EVEN).scaleb(Decimal(whole), -places)
    assert "E" not in str(number) and ("." not in str(number) or not str(number).endswith("0"))


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ({"leads": 3}, {"leads": 5}, {"leads": -2}),
        ({"value": Decimal("2.5")}, {"value": Decimal("0.5")}, {"value": Decimal(2)}),
        ({"value": Decimal("2.5")}, {"value": Decimal("1.25")}, {"value": Decimal("1.25")}),
        (
            {"valueMicros": Decimal(1), "otherCurrencies": [{"currency": "USD", "value": 2, "valueMicros": 2_000_000}]},
            {"valueMicros": Decimal(1)},
            {"valueMicros": Decimal(0), **other_currencies({"USD": 2_000_000})},
        ),
        ({"v": 1}, {"v": 1, **other_currencies({"USD": 5, "BRL": 0})}, {"v": 0, **other_currencies({"USD": -5})}),
        ({"p": {"count": 1, "p50": None}}, {"p": {"count": 0, "p50": Decimal(1)}}, {"p": {"count": 1, "p50": None}}),
    ],
)
def test_a_change_is_how_much_more_it_is(now: object, before: object, expected: object) -> None:
    assert str(change(now, before)) == str(expected)


def test_values_in_other_currencies_are_not_added_and_their_sales_have_no_part_in_the_average() -> None:
    sums = Sum()
    for micros, currency in ((4_000_000, None), (2_000_000, None), (9_000_000, "USD"), (1_000_000, "EUR"), (0, "USD")):
        sums.add(Contribution(True, micros, currency))
    sums.add(Contribution(False))
    twice = Sum()
    twice.add_all(sums)
    twice.add_all(sums)
    assert sums.other_values == {"USD": 9_000_000, "EUR": 1_000_000}
    assert figures(twice, ("leads", "sales", "value", "averageTicket")) == {
        "leads": 12,
        "sales": 10,
        "value": 12,
        "valueMicros": 12_000_000,
        "otherCurrencies": [
            {"currency": "EUR", "value": 2, "valueMicros": 2_000_000},
            {"currency": "USD", "value": 18, "valueMicros": 18_000_000},
        ],
        "averageTicket": 3,
    }
