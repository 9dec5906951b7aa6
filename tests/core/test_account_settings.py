"""The settings of an account: what a body may say, and that what is shown can be sent back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core import account_settings, office_hours
from leadloop.core.accounts import Account
from leadloop.core.currencies import CURRENCIES
from leadloop.core.errors import InvalidFields
from leadloop.core.leads.normalize import timezones
from leadloop.core.leads.status import GROUPS, stage_key
from leadloop.core.problems import Problems
from tests.support.examples import examples

ACCOUNT = Account(id="a" * 24, name="Clinic", created_at_ms=0)

MINUTES = st.integers(0, 24 * 60).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, str]]:
    """Spans in order: their bounds are sorted, and those of one span differ."""
    bounds = sorted(draw(st.lists(MINUTES, max_size=6, unique=True)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return [{"from": begin, "to": end} for begin, end in pairs]


def _is_open(hours: dict[str, Any]) -> bool:
    return any(hours.values())


def _is_own(stage: str) -> bool:
    return stage_key(stage) not in GROUPS


HOURS = st.dictionaries(st.sampled_from(office_hours.DAYS), days(), min_size=1).filter(_is_open)
NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20).filter(_is_own)
STAGES = st.lists(NAMES, max_size=50, unique_by=stage_key)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Clinic", "Praça São João", "x" * 200]),
        "currency": st.none() | st.sampled_from(sorted(CURRENCIES)),
        "timeZone": st.none() | st.sampled_from(sorted(timezones())),
        "language": st.sampled_from([None, "en", "pt-BR"]),
        "country": st.sampled_from([None, "BR", "US", "PT"]),
        "agentsSee": st.sampled_from(["all", "own"]),
        "requireVersion": st.booleans(),
        "autoAttribution": st.booleans(),
        "contactGoalMinutes": st.none() | st.integers(1, 10_080),
        "officeHours": st.none() | HOURS,
        "stageOrder": STAGES,
    },
)


def changed(body: dict[str, Any], account: Account = ACCOUNT) -> Account:
    return structs.replace(account, **account_settings.read(body, account))


def problems(body: dict[str, Any]) -> dict[str, str]:
    """Code by field."""
    with pytest.raises(InvalidFields) as raised:
        account_settings.read(body, ACCOUNT)
    return {problem.field: problem.code for problem in raised.value.problems}


@examples(50)
@given(BODIES)
def test_what_is_set_is_shown_and_nothing_else_changes(body: dict[str, Any]) -> None:
    shown = account_settings.show(changed(body))
    expected = dict(body)
    if expected.get("officeHours"):
        expected["officeHours"] = {day: spans for day, spans in expected["officeHours"].items() if spans}
    assert shown == {**account_settings.show(ACCOUNT), **expected}


@examples(50)
@given(BODIES)
def test_what_is_shown_can_be_sent_back(body: dict[str, Any]) -> None:
    account = changed(body)
    assert account_settings.read(account_settings.show(account), account) == {}


@examples(50)
@given(BODIES)
def test_null_resets_a_setting(body: dict[str, Any]) -> None:
    cleared = changed({name: None for name in body if name != "name"}, changed(body))
    assert account_settings.show(cleared) == {
        **account_settings.show(ACCOUNT),
        **({"name": body["name"]} if "name" in body else {}),
    }


def test_spellings_are_normalised() -> None:
    account = changed({"name": " Clinic ", "currency": " brl", "country": "uk", "stageOrder": [" Visit "]})
    assert (account.name, account.currency, account.country, account.stage_order) == ("Clinic", "BRL", "GB", ("Visit",))


def test_the_server_alone_writes_id_and_mode() -> None:
    assert account_settings.read({"id": "b" * 24, "mode": "test"}, ACCOUNT) == {}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("name", None, "null"),
        ("name", " ", "name_expected"),
        ("name", "x" * 201, "name_expected"),
        ("name", "a\tb", "name_expected"),
        ("name", 1, "text_expected"),
        ("currency", "XYZ", "currency_expected"),
        ("currency", 5, "currency_expected"),
        ("timeZone", "Brasilia", "iana_zone_expected"),
        ("timeZone", ["UTC"], "iana_zone_expected"),
        ("language", "pt", "one_of"),
        ("country", "Brazil", "country_expected"),
        ("agentsSee", "none", "one_of"),
        ("requireVersion", 1, "flag_expected"),
        ("contactGoalMinutes", 0, "whole_between"),
        ("contactGoalMinutes", 10_081, "whole_between"),
        ("contactGoalMinutes", True, "whole_between"),
        ("stageOrder", "Visit", "list_expected"),
        ("stageOrder", [f"s{n}" for n in range(51)], "too_many_entries"),
        ("officeHours", [], "object_expected"),
        ("officeHours", {}, "office_hours_empty"),
        ("officeHours", {"monday": []}, "office_hours_empty"),
    ],
)
def test_other_values_are_refused(name: str, value: Any, code: str) -> None:
    assert problems({name: value}) == {f"/{name}": code}


@pytest.mark.parametrize(
    ("stages", "problem"),
    [
        (["Visit", "visit "], {"/stageOrder/1": "stage_twice"}),
        (["new"], {"/stageOrder/0": "stage_fixed"}),
        (["a", " "], {"/stageOrder/1": "stage_name_expected"}),
        (["x" * 257], {"/stageOrder/0": "stage_name_expected"}),
    ],
)
def test_stages_differ_and_are_not_the_fixed_ones(stages: list[str], problem: dict[str, str]) -> None:
    assert problems({"stageOrder": stages}) == problem


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ({"mondy": []}, {"/officeHours/mondy": "unknown_field_near"}),
        ({"monday": "all"}, {"/officeHours/monday": "list_expected"}),
        ({"monday": ["08:00"]}, {"/officeHours/monday/0": "object_expected"}),
        ({"monday": [{"from": "8:00", "to": "18:00"}]}, {"/officeHours/monday/0/from": "clock_time_expected"}),
        ({"monday": [{"from": "08:00"}]}, {"/officeHours/monday/0/to": "clock_time_expected"}),
        ({"monday": [{"from": "08:00", "to": "24:01"}]}, {"/officeHours/monday/0/to": "clock_time_expected"}),
        ({"monday": [{"from": "08:00", "to": "08:00"}]}, {"/officeHours/monday/0/to": "span_backwards"}),
        ({"monday": [{"from": "08:00", "to": "9:00", "x": 1}]}, {"/officeHours/monday/0/x": "unknown_field"}),
        (
            {"monday": [{"from": "08:00", "to": "12:00"}, {"from": "11:59", "to": "13:00"}]},
            {"/officeHours/monday/1/from": "span_overlaps"},
        ),
        (
            {"monday": [{"from": f"{hour:02}:00", "to": f"{hour:02}:30"} for hour in range(4)]},
            {"/officeHours/monday": "too_many_entries"},
        ),
    ],
)
def test_spans_of_office_hours_are_in_order(hours: Any, problem: dict[str, str]) -> None:
    assert problems({"officeHours": hours}) == problem


def test_all_problems_are_reported_at_once() -> None:
    body = {"name": None, "currency": "x", "timezone": "UTC", "officeHours": {"monday": [1], "sunday": [2]}}
    assert problems(body) == {
        "/name": "null",
        "/currency": "currency_expected",
        "/timezone": "unknown_field_near",
        "/officeHours/monday/0": "object_expected",
        "/officeHours/sunday/0": "object_expected",
    }


MEMBER_NAMES = st.sampled_from([*office_hours.DAYS, "from", "to", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBER_NAMES, inner),
)


@examples(100)
@given(JSON)
def test_any_json_as_office_hours_is_read_or_refused(value: Any) -> None:
    collected = Problems()
    if value is not None:
        read = office_hours.read(value, "/officeHours", collected)
        assert isinstance(read, dict) is not bool(collected.listed)
