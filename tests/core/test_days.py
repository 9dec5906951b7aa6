"""A day begins at midnight on the clocks of its zone, wherever they change, and every instant is in one day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.currencies import CURRENCIES, currency_code
from leadloop.core.days import day_of, local, start_of_day, zone_of
from tests.support.examples import examples

ZONES = ["UTC", "America/Sao_Paulo", "America/New_York", "America/Santiago", "America/Havana", "Asia/Kathmandu"]
INSTANTS = st.integers(1_700_000_000_000, 1_900_000_000_000)
HOUR_MS = 3_600_000


@examples(300)
@given(at_ms=INSTANTS, name=st.sampled_from(ZONES))
def test_a_day_begins_with_its_date_and_ends_with_the_next(at_ms: int, name: str) -> None:
    zone = zone_of(name)
    begin_ms = start_of_day(at_ms, zone)
    assert begin_ms <= at_ms < begin_ms + 25 * HOUR_MS
    today = local(at_ms, zone).date()
    assert local(begin_ms, zone).date() == today
    assert local(begin_ms - 1, zone).date() == today - timedelta(days=1)
    assert day_of(at_ms, zone) == day_of(begin_ms, zone) == (today - date(1970, 1, 1)).days


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    zone = zone_of("America/New_York")
    noon_ms = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone).timestamp() * 1_000)
    assert start_of_day(noon_ms + 24 * HOUR_MS, zone) - start_of_day(noon_ms, zone) == hours * HOUR_MS


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "America", "UTC\0"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert zone_of(name) is UTC


@pytest.mark.parametrize(
    ("text", "code"),
    [("BRL", "BRL"), (" usd ", "USD"), ("R$", None), ("", None), ("XXX", None), ("BRLX", None), ("ⓑrl", None)],
)
def test_codes_of_currencies(text: str, code: str | None) -> None:
    assert currency_code(text) == code


def test_every_code_has_three_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert {"BRL", "USD", "EUR", "GBP", "MXN", "CLP", "JPY"} <= CURRENCIES
