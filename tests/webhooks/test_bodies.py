"""The three shapes of a body, to the byte (semantics section 8, expad.md section 5, leadsail.md section 6)."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from msgspec import structs

from leadloop.api.leadsail import wire as leadsail
from leadloop.api.properties import show_function
from leadloop.core.leads.fold import fold, unfold
from leadloop.core.leads.model import Lead
from leadloop.webhooks.bodies import id_of_test, render, render_test
from leadloop.webhooks.endpoints import Delivery
from tests.core.desk import ACCOUNT, Desk
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples
from tests.support.strategies import EXPAD
from tests.webhooks.samples import AT_MS, ENDPOINT, SHAPES, as_of, before, desk

GOLDEN = Path(__file__).with_name("golden")
VERSIONS = {"created": 1, "updated": 2, "deleted": 3}
EVENT_ID = re.compile(r"evt_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def golden(name: str) -> bytes:
    """The body in golden/, without its white space."""
    return msgspec.json.format((GOLDEN / f"{name}.json").read_bytes(), indent=-1).strip()


def rendered(shape: str, sample: Desk, version: int) -> bytes:
    return render(SHAPES[shape], *as_of(sample, version), before=before(sample, version))


def body(shape: str, version: int) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.json.decode(rendered(shape, desk(), version))
    return shown


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("event", VERSIONS)
def test_a_body_is_the_golden_one_to_the_byte(shape: str, event: str) -> None:
    assert rendered(shape, desk(), VERSIONS[event]) == golden(f"{shape}-{event}")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_test_is_the_golden_one_to_the_byte(shape: str) -> None:
    assert render_test(SHAPES[shape], ACCOUNT, ENDPOINT, AT_MS) == golden(f"{shape}-test")


def test_standard_has_the_members_of_the_contract() -> None:
    shown = body("standard", 2)
    assert list(shown) == ["type", "timestamp", "data"]
    assert list(shown["data"]) == ["accountId", "leadId", "version", "previousVersion", "changed", "lead"]
    assert shown["data"]["lead"] == msgspec.to_builtins(leadsail.show(as_of(desk(), 2)[0]))


def test_leadsail_has_the_members_of_the_contract() -> None:
    shown = body("leadsail", 2)
    named = ["event", "leadId", "submissionId", "campaignId", "status", "timestamp", "data"]
    assert [name for name in shown if name in named] == named
    assert shown.keys() - set(named) == {"version", "previousVersion"}
    assert (shown["campaignId"], shown["submissionId"], shown["data"]["email"]) == ("ABC", None, "ana@example.com")
    assert body("leadsail", 1)["campaignId"] is None


def test_expad_is_flat_and_has_the_members_of_the_contract() -> None:
    flat = body("expad", 2)
    head = ["event", "eventId", "occurredAt", "accountId", "leadId", "id", "version", "previousVersion"]
    nested = ["leadAttributionUser", "leadCart", "fields", "conversionSteps", "campaignIdData"]
    assert list(flat)[: len(head) + 1] == [*head, "changedFields"]
    assert list(flat)[-len(nested) :] == nested
    assert [name for name, value in flat.items() if isinstance(value, dict | list)] == ["changedFields", *nested]
    shown = show_function(EXPAD)(as_of(desk(), 2)[0])
    single = {name for name, value in shown.items() if isinstance(value, str | int | float)}
    assert single <= flat.keys()
    assert list(flat["leadAttributionUser"]) == ["id", "userId", "userName", "email", "phoneNumber"]
    assert list(flat["leadCart"]["leadProducts"][0]) == ["id", "name", "amount", "value", "product"]
    assert list(flat["fields"][0]) == ["id", "name", "value"]


def test_expad_has_two_events_and_changed_fields_for_one() -> None:
    shown = [body("expad", version) for version in (1, 2, 3, 4)]
    assert [b["event"] for b in shown] == ["NewLead", "LeadUpdated", "LeadUpdated", "LeadUpdated"]
    assert [b.get("changedFields") for b in shown] == [
        None,
        ["note", "status", "tags"],
        ["deletedAt", "markedForDeletion"],
        ["deletedAt", "markedForDeletion"],
    ]
    assert "leadAttributionUser" in body("expad", 1)


def test_64_bit_numbers_and_money_are_exact() -> None:
    raw = render(SHAPES["expad"], *as_of(desk(), 1))
    assert b'"googleCampaignId":9007199254740993,' in raw and b'"saleValue":1250.5,' in raw


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("version", (1, 2, 3, 4))
def test_every_body_has_its_version_and_the_previous_one(shape: str, version: int) -> None:
    shown = body(shape, version)
    place = shown["data"] if shape == "standard" else shown
    assert (place["version"], place["previousVersion"]) == (version, version - 1)


def test_restoring_is_an_update() -> None:
    assert [body("standard", version)["type"] for version in (1, 2, 3, 4)] == [
        "lead.created",
        "lead.updated",
        "lead.deleted",
        "lead.updated",
    ]


def turned(value: Any) -> Any:
    """The lead with the members of every object in another order, as another engine may store them."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def shuffled(lead: Lead) -> Lead:
    return msgspec.convert(turned(msgspec.to_builtins(lead)), Lead)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_bytes_do_not_depend_on_the_order_of_stored_members(shape: str) -> None:
    sample = desk()
    lead, change = as_of(sample, 2)
    first = before(sample, 2)
    raw = render(SHAPES[shape], lead, change, before=first)
    assert render(SHAPES[shape], shuffled(lead), change, before=shuffled(as_of(sample, 1)[0])) == raw
    undone = unfold(sample.present, sample.records, 2)
    assert render(SHAPES[shape], undone, change, before=unfold(undone, [change], 1)) == raw
    again = msgspec.json.decode(msgspec.json.encode(change), type=type(change))
    assert render(SHAPES[shape], lead, again, before=first) == raw


@examples(40)
@given(history=HISTORIES)
def test_any_lead_renders_to_the_same_small_enough_json_each_time(history: History) -> None:
    sample = desk_with(history)
    for version, change in enumerate(sample.records, 1):
        lead = fold(sample.records[:version])
        for shape in SHAPES:
            raw = rendered(shape, sample, version)
            assert render(SHAPES[shape], shuffled(lead), change, before=before(sample, version)) == raw
            assert raw == msgspec.json.format(raw, indent=-1) and "truncatedFields" not in msgspec.json.decode(raw)


def test_a_lead_of_another_version_is_an_error() -> None:
    sample = desk()
    with pytest.raises(ValueError, match="version 2"):
        render(SHAPES["standard"], as_of(sample, 2)[0], as_of(sample, 3)[1])
    for wrong in (None, as_of(sample, 2)[0]):
        with pytest.raises(ValueError, match="version 2"):
            render(SHAPES["expad"], *as_of(sample, 2), before=wrong)


def test_an_event_id_is_a_uuid7_of_the_time_of_the_change() -> None:
    change = as_of(desk(), 2)[1]
    made = [Delivery(account_id=ACCOUNT, endpoint_id=e, lead_id=change.lead_id, version=2, event="lead.updated",
                     at_ms=change.at_ms) for e in ("a", "b")]  # fmt: skip
    first, second = (delivery.event_id for delivery in made)
    assert first == second == body("expad", 2)["eventId"]
    assert made[0].id != made[1].id and all(re.fullmatch("[0-9a-f]{24}", delivery.id) for delivery in made)
    assert EVENT_ID.fullmatch(first)
    assert int(first[4:].replace("-", "")[:12], 16) == change.at_ms
    others = [structs.replace(made[0], **other) for other in ({"version": 3}, {"lead_id": "x"}, {"account_id": "y"})]
    assert len({first, *(delivery.event_id for delivery in others)}) == 4
    assert EVENT_ID.fullmatch(id_of_test(ACCOUNT, ENDPOINT, AT_MS))
