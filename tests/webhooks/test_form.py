"""Reading the properties of an endpoint, and the problems that it reports."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.errors import InvalidFields, Problem
from leadloop.egress.target import Rules
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.form import FIELDS, blank, read, show
from leadloop.webhooks.health import Health, disable, record_attempt
from leadloop.webhooks.values import MASK
from tests.core.desk import ACCOUNT
from tests.support.examples import examples
from tests.support.strategies import json_values, texts
from tests.webhooks.samples import AT_MS, ENDPOINT, VIEW, endpoint

NEW = blank(ACCOUNT, ENDPOINT, AT_MS)
URL = "https://example.com/hooks"
ANY_FIELD = VIEW._replace(is_field=lambda field: True)
LATER_MS = AT_MS + 1_000
STRICT = Rules()
OWNED = ("id", "stateReason", "stateSince", "lastSuccessAt", "createdAt", "updatedAt")
FULL: dict[str, Any] = {
    "url": "https://example.com:8443/a?b=c",
    "events": ["NewLead", "lead.deleted", "webhook.test", "lead.delivered"],
    "body": "expad",
    "description": "to the CRM",
    "onlyFields": ["/status", "/address/city", "/customFields/a~1b"],
    "stages": ["ACTIVE", "my stage"],
    "statuses": ["contacted"],
    "sources": ["GOOGLE", "Feira"],
    "tags": ["vip"],
    "headers": {"Authorization": "Bearer x y", "X-Team": "1"},
    "timeoutSeconds": 5,
    "attempts": 3,
    "order": "unordered",
    "ratePerSecond": 0.5,
    "inFlight": 64,
}


def said(body: dict[str, Any], stored: Endpoint = NEW, rules: Rules = STRICT) -> Endpoint:
    return read(body, stored, LATER_MS, rules, ANY_FIELD)


def problems(body: dict[str, Any], **more: Any) -> list[Problem]:
    try:
        said(body, **more)
    except InvalidFields as error:
        return error.problems
    return []


def wrong(body: dict[str, Any], **more: Any) -> dict[str, str]:
    return {problem.field: problem.text for problem in problems(body, **more)}


def test_a_url_is_all_that_is_needed() -> None:
    made = said({"url": URL})
    assert made == structs.replace(NEW, url=URL, updated_at_ms=LATER_MS)
    assert made.events == ("lead.created", "lead.updated", "lead.deleted") and made.body == "standard"
    assert (made.timeout_s, made.attempts, made.order, made.rate_per_s, made.in_flight) == (15, 10, "per_lead", None, 8)
    assert (made.state, made.why, made.since_ms) == ("active", None, AT_MS)
    assert wrong({}).keys() == {"/url"}
    assert len(problems({"url": 7})) == 1


def test_every_property_can_be_set_and_is_shown() -> None:
    assert FULL.keys() == FIELDS.keys()
    result = said(FULL)
    shown = show(result)
    assert {name: shown[name] for name in FULL} == FULL | {"headers": {"Authorization": MASK, "X-Team": MASK}}
    assert result.headers == FULL["headers"]
    assert shown.keys() == {*FULL, "state", *OWNED}


def test_sending_back_the_shown_properties_changes_nothing() -> None:
    paused = Health()
    for second in range(10):
        paused = record_attempt(paused, AT_MS + second, ok=False)
    for stored in (said({"url": URL}), structs.replace(said(FULL), health=paused)):
        assert said(show(stored), stored) is stored


def test_absent_keeps_null_restores_the_default_and_a_value_sets() -> None:
    stored = said(FULL)
    result = said({"tags": None, "timeoutSeconds": None, "headers": None, "order": "per_lead"}, stored)
    assert result == structs.replace(
        stored, tags=(), timeout_s=15, headers={}, order="per_lead", updated_at_ms=LATER_MS
    )
    assert wrong({"url": None}, stored=stored).keys() == {"/url"}
    emptied = said(dict.fromkeys(FIELDS) | {"url": URL}, stored)
    assert emptied == structs.replace(NEW, url=URL, updated_at_ms=LATER_MS)


def each(name: str, *values: Any) -> list[tuple[str, Any, str]]:
    return [(name, value, f"/{name}") for value in values]


BAD: list[tuple[str, Any, str]] = [
    *each("url", 1, "", "example.com", "ftp://x.example", "http://example.com/", "https://"),
    *each("url", "https://u:p@example.com/", "https://127.0.0.1/", "https://x.example/#a"),
    *each("url", f"https://example.com/{'x' * 2_048}", "https://example.com/ \n", [URL]),
    *each("events", [], "lead.created", {}),
    *(("events", ["lead.created", bad], "/events/1") for bad in ("lead.gone", "", "LEAD.CREATED")),
    *(("events", ["lead.created", bad], "/events/1") for bad in (1, None, ["lead.created"])),
    *each("body", "xml", True, ""),
    ("description", "é" * 513, "/description"),
    *(("onlyFields", ["/a", bad], "/onlyFields/1") for bad in ("", "/", "status", "/a//b", "/a/", "/~2", 7)),
    *(("stages", value, "/stages/0") for value in ([""], [1], ["x" * 513])),
    ("statuses", ["won"], "/statuses/0"),
    ("sources", [None], "/sources/0"),
    ("tags", "vip", "/tags"),
    ("tags", [str(n) for n in range(101)], "/tags"),
    *each("timeoutSeconds", 0, 16, "5", True, Decimal("1.5"), 10**400, 1e308),
    *each("attempts", 0, 11, -1, [], Decimal("1E999999999")),
    *each("inFlight", 0, 65),
    *each("ratePerSecond", 0, -1, 1_001, "1", False, float("nan"), Decimal("Inf")),
    ("order", "random", "/order"),
    *each("state", "paused", "on", 1),
    ("headers", ["X-A: b"], "/headers"),
    ("headers", {f"X-{n}": "a" for n in range(21)}, "/headers"),
    *(("headers", {"X-A": value}, "/headers/X-A") for value in ("", " a", "a ", "a\r\nb", "é", 1, None, "x" * 4_097)),
    *(("headers", {name: "a"}, f"/headers/{name}") for name in ("", "X A", "X:A", "é", "x" * 65)),
    *(("headers", {name: "a"}, f"/headers/{name}") for name in ("Host", "webhook-id", "Svix-Id", "Cookie")),
    *(("headers", {name: "a"}, f"/headers/{name}") for name in ("Connection", "TE", "Proxy-X", "Leadloop-Event")),
    ("headers", {"x-a": "1", "X-A": "2"}, "/headers/X-A"),
    ("headers", {"X-A": MASK}, "/headers/X-A"),
]


@pytest.mark.parametrize("name, value, field", BAD)
def test_problems_name_the_field_and_never_repeat_the_value(name: str, value: Any, field: str) -> None:
    sentences = wrong({"url": URL, name: value})
    assert list(sentences) == [field]
    text = sentences[field]
    assert text.startswith(("must ", "is ", "has ")) and len(text) < 400
    assert not isinstance(value, str) or len(value) < 12 or value not in text


def test_all_problems_are_reported_at_once() -> None:
    sentences = wrong({"url": 1, "events": ["x", "y"], "headers": {"Host": "a", "X": "\n"}, "attempts": 0, "urls": 1})
    assert list(sentences) == [
        "/url", "/events/0", "/events/1", "/headers/Host", "/headers/X", "/attempts", "/urls"
    ]  # fmt: skip
    assert sentences["/urls"].endswith("did you mean url?")
    assert len(problems({"url": URL, "events": ["x"] * 100})) == 50


def test_tolerated_spellings() -> None:
    result = said(
        {
            "url": URL,
            "stages": ["complete", "My Stage", "COMPLETE"],
            "sources": ["google", "Feira"],
            "attempts": Decimal("2.0"),
            "tags": ["a", "a"],
            "ratePerSecond": 2,
        }
    )
    assert (result.stages, result.sources) == (("COMPLETE", "My Stage"), ("GOOGLE", "Feira"))
    assert (result.attempts, result.tags, result.rate_per_s) == (2, ("a",), 2.0)


def test_http_and_private_places_only_where_the_instance_allows_them() -> None:
    body = {"url": "http://127.0.0.1:9000/x"}
    assert wrong(body) and not wrong(body, rules=Rules(allow_http=True, allow_private=True))


def test_pointers_can_be_checked_against_what_a_lead_has() -> None:
    with pytest.raises(InvalidFields) as refused:
        read({"url": URL, "onlyFields": ["/status", "/zzz"]}, NEW, AT_MS, Rules(), VIEW)
    assert [problem.field for problem in refused.value.problems] == ["/onlyFields/1"]


def test_a_masked_header_keeps_its_value() -> None:
    stored = said({"url": URL, "headers": {"Authorization": "secret", "X-A": "1"}})
    result = said({"headers": {"Authorization": MASK, "X-B": "2"}}, stored)
    assert result.headers == {"Authorization": "secret", "X-B": "2"}
    assert "secret" not in str(show(stored))


def test_the_state_can_be_disabled_and_enabled() -> None:
    stored = endpoint()
    off = said({"state": "disabled"}, stored)
    assert (off.state, off.why, off.since_ms, off.updated_at_ms) == ("disabled", "asked", LATER_MS, LATER_MS)
    gone = endpoint(health=disable(Health(last_success_ms=5, failures=9), "gone", AT_MS))
    again = said({"state": "active"}, gone)
    assert again.health == Health(since_ms=LATER_MS, last_success_ms=5)
    assert said({"state": "disabled"}, gone) is gone


@examples(300)
@given(
    body=st.dictionaries(
        st.sampled_from([*FIELDS, "state", "id"]) | texts(),
        st.none() | json_values() | st.sampled_from([*FULL.values()]) | st.floats(),
        max_size=6,
    )
)
def test_any_body_is_read_without_failing(body: dict[str, Any]) -> None:
    if not problems(body):
        made = said(body)
        assert said(show(made), made) is made
