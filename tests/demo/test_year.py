"""A year of leads is the same every time, has correct records, and contains no real person's data."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import structs

from leadloop.core.ids import ID
from leadloop.core.leads.doc import decode
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.core.writes.unit import History
from leadloop.demo.season import black_friday
from leadloop.demo.year import MARKETS, MIXED, year
from leadloop.derived.columns import columns

ACCOUNT = "0123456789abcdef01234567"
END_MS = 1_772_323_200_000
"""1 March 2026."""
DAY_MS = 86_400_000
COUNT = 1_500


@lru_cache
def histories() -> list[History]:
    return list(year(7, COUNT, ACCOUNT, END_MS))


def leads() -> list[Lead]:
    return [history[-1].lead for history in histories()]


def test_the_same_arguments_give_the_same_leads() -> None:
    assert list(year(7, 200, ACCOUNT, END_MS)) == list(year(7, 200, ACCOUNT, END_MS))
    other = {history[0].lead.email for history in year(8, 200, ACCOUNT, END_MS)}
    assert other.isdisjoint(history[0].lead.email for history in year(7, 200, ACCOUNT, END_MS))


def test_a_market_has_its_own_leads_alone_and_they_are_those_of_the_mixed_year() -> None:
    mixed = {history[-1].lead.id: history for history in histories()}
    for name, country in (("br", "BR"), ("us", "US")):
        made = list(year(7, 200, ACCOUNT, END_MS, MARKETS[name]))
        assert len(made) == 200
        assert {history[-1].lead.country for history in made} == {country}
        assert MARKETS[name].options["country"] == country
    for history in year(7, 50, ACCOUNT, END_MS, MARKETS["br"]):
        of_mixed = mixed.get(history[-1].lead.id)
        assert of_mixed is None or of_mixed == history
    assert MIXED.options == {}


def test_leads_of_the_us_market_have_salespeople_with_addresses() -> None:
    owners = [history[-1].lead.owner for history in year(7, 300, ACCOUNT, END_MS, MARKETS["us"])]
    people = {owner.email: owner for owner in owners if owner is not None}
    assert len(people) >= 5 and sum(owner is not None for owner in owners) > 150
    for email, owner in people.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+@quotes\.example\.com", email or "")
        assert re.fullmatch(r"\+1 512-555-01\d\d", owner.phone or "") and owner.is_real


def test_a_lead_is_the_same_in_a_larger_year() -> None:
    larger = {history[0].lead.id: history for history in histories()}
    smaller = list(year(7, 50, ACCOUNT, END_MS))
    assert len(smaller) == 50
    assert all(larger[history[0].lead.id] == history for history in smaller)


def test_every_lead_is_the_fold_of_its_records() -> None:
    for history in histories():
        assert [saved.change.version for saved in history] == list(range(1, len(history) + 1))
        assert fold(saved.change for saved in history) == history[-1].lead == decode(history[-1].doc)


def test_what_is_saved_on_the_way_is_true_as_well() -> None:
    for history in histories()[:200]:
        for number, saved in enumerate(history, 1):
            assert fold(earlier.change for earlier in history[:number]) == saved.lead == decode(saved.doc)


def test_every_request_and_every_lead_has_an_id_of_its_own() -> None:
    requests = [saved.change.request_id for history in histories() for saved in history]
    assert len(set(requests)) == len(requests)
    assert len({lead.id for lead in leads()}) == COUNT
    assert all(ID.fullmatch(lead.id) and lead.account_id == ACCOUNT for lead in leads())


def test_no_contact_is_real() -> None:
    for lead in leads():
        assert re.fullmatch(r"[a-z0-9.-]+@example\.(com|org|net)", lead.email or "")
        digits = re.sub(r"\D", "", lead.phone or "")
        expected = r"1?[2-9]\d\d55501\d\d" if lead.country == "US" else r"(55)?[1-9]{2}90\d{7}"
        assert re.fullmatch(expected, digits), digits
    assert len({lead.email for lead in leads()}) == COUNT


def test_phones_are_understood() -> None:
    for lead in leads():
        key = columns(lead).phone_key or ""
        assert re.fullmatch(r"1\d{10}" if lead.country == "US" else r"55\d{11}", key), (lead.phone, key)


def test_everything_happens_within_the_year_in_order() -> None:
    births = [history[0].lead.created_at_ms for history in histories()]
    assert births == sorted(births)
    assert births[0] >= END_MS - 365 * DAY_MS
    for history in histories():
        times = [saved.change.at_ms for saved in history]
        assert times == sorted(times)
        assert times[0] == history[0].lead.created_at_ms
        assert times[-1] < END_MS


def test_leads_come_by_season() -> None:
    times = [datetime.fromtimestamp(lead.created_at_ms / 1000, UTC) - timedelta(hours=3) for lead in leads()]
    days = Counter(at.date() for at in times)
    sundays = [day for day in days if day.weekday() == 6]
    tuesdays = [day for day in days if day.weekday() == 1]
    assert sum(days[day] for day in tuesdays) > 1.3 * sum(days[day] for day in sundays)
    assert days[black_friday(2025)] > 2.5 * COUNT / 365


def test_black_friday_is_the_day_after_the_fourth_thursday() -> None:
    assert [black_friday(year).day for year in (2023, 2024, 2025, 2026, 2029)] == [24, 29, 28, 27, 23]


def test_leads_are_as_large_as_in_life() -> None:
    sizes = [len(history[-1].doc) for history in histories()]
    assert 3_000 <= sum(sizes) / COUNT <= 4_000
    lengths = Counter(len(history) for history in histories())
    assert max(lengths) <= 8
    assert sum(number for length, number in lengths.items() if length >= 3) > 0.9 * COUNT
    assert 4.5 <= sum(length * number for length, number in lengths.items()) / COUNT <= 6


def test_some_things_sell_better_than_others() -> None:
    def won(source: str) -> float:
        stages = [lead.stage for lead in leads() if lead.source == source]
        return stages.count("COMPLETE") / len(stages)

    assert won("GOOGLE") > 1.5 * won("FACEBOOK")
    assert {lead.stage for lead in leads()} == {"NEW", "ACTIVE", "COMPLETE", "LOST"}


def test_sales_have_a_value_and_losses_a_reason() -> None:
    for lead in leads():
        if lead.stage == "COMPLETE" and lead.country == "BR":
            assert lead.cart is not None
            lines = sum(line.value_micros or 0 for line in lead.cart.lines)
            assert lead.cart.value_micros == lines > 0
            assert 0.9 * lines <= (lead.sale_value_micros or 0) <= lines
            assert lead.steps["sale"] and set(lead.steps) == set(lead.step_times_ms)
        if lead.stage == "LOST" and lead.country == "BR":
            assert lead.loss_reason is not None


def test_nothing_is_left_unused() -> None:
    """The demo sets every field that a seller's or a partner's lead has."""
    used = {name for lead in leads() for name, value in structs.asdict(lead).items() if value not in (None, [], {}, 0)}
    unused = set(Lead.__struct_fields__) - used
    assert unused == {"cpf", "cnpj", "currency", "address_text", "custom_type_id", "custom_type_name", "duplicate"}
