"""Which endpoints receive a change."""

from collections.abc import Sequence
from typing import Literal, NoReturn

import msgspec
import pytest
from msgspec import structs

from leadloop.api.leadsail.webhook import ENGINE_EVENTS
from leadloop.app.records import change_view
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Tag
from leadloop.settings import DatabaseSettings
from leadloop.webhooks import endpoints
from leadloop.webhooks.endpoints import ChangeView, Endpoint, deliveries_for
from leadloop.webhooks.events import LEAD_EVENTS, event_in
from leadloop.webhooks.health import disable
from leadloop.webhooks.shapes import BodyShape
from tests.core.desk import ACCOUNT, EXPAD_DIALECT, LEADSAIL_DIALECT, Desk
from tests.webhooks.samples import AT_MS, VIEW, as_of, desk, endpoint

LEAD = structs.replace(blank_lead(ACCOUNT, "1" * 24, AT_MS), version=5)


def wants(
    endpoint: Endpoint, event: str, before: Lead | None, after: Lead, changed_pointers: Sequence[str] = ()
) -> bool:
    return endpoints.wants(endpoint, event, before, after, VIEW, changed_pointers)


def subscribed(*names: str) -> list[bool]:
    return [VIEW.is_subscribed(endpoint(events=names), event) for event in LEAD_EVENTS]


def test_creating_deleting_and_restoring_are_one_event_each() -> None:
    events = [event_in(change) for change in desk().records]
    assert events == ["lead.created", "lead.updated", "lead.deleted", "lead.updated"]
    deleted_at_once = Desk()
    deleted_at_once.create(EXPAD_DIALECT, {"name": "Ana", "markedForDeletion": True})
    assert [event_in(change) for change in deleted_at_once.records] == ["lead.created"]


def test_expads_names_stand_for_a_creation_and_for_everything_else() -> None:
    assert subscribed("NewLead") == [True, False, False]
    assert subscribed("LeadUpdated") == [False, True, True]
    assert not any(subscribed(*ENGINE_EVENTS))
    assert subscribed("lead.deleted") == [False, False, True]


@pytest.mark.parametrize(
    "narrowed, there",
    [
        ({"stages": ("ACTIVE", "LOST")}, {"stage": "LOST"}),
        ({"statuses": ("contacted",)}, {"status": "contacted"}),
        ({"sources": ("google",)}, {"source": "GOOGLE"}),
        ({"sources": ("feira",)}, {"source": "CUSTOM", "custom_source_name": "Feira"}),
        ({"sources": ("c1",)}, {"source": "CUSTOM", "custom_source_id": "c1"}),
        ({"sources": ("GOOGLE",)}, {"google_campaign_id": 1}),
        ({"tags": ("x", "vip")}, {"tags": [Tag(id="t1", name="a"), Tag(name="vip")]}),
        ({"tags": ("t1",)}, {"tags": [Tag(id="t1", name="a")]}),
        ({"stages": ("complete", "Em  Visita")}, {"stage": "COMPLETE "}),
        ({"stages": ("em visita",)}, {"stage": "Em Visita"}),
        ({"sources": ("feira do  imo\u0301vel",)}, {"source": "CUSTOM", "custom_source_name": "Feira do Im\u00f3vel"}),
        ({"tags": ("Vip ",)}, {"tags": [Tag(name="VIP")]}),
        ({"stages": ("LOST",), "tags": ("a",)}, {"stage": "LOST", "tags": [Tag(name="a")]}),
    ],
)
def test_a_filtered_endpoint_receives_matching_leads_and_once_more_when_one_leaves(
    narrowed: dict[str, tuple[str, ...]], there: dict[str, object]
) -> None:
    inside = structs.replace(LEAD, **there)
    for event in LEAD_EVENTS:
        assert wants(endpoint(**narrowed), event, inside, inside)
        assert wants(endpoint(**narrowed), event, LEAD, inside)
        assert wants(endpoint(**narrowed), event, inside, LEAD)
        assert not wants(endpoint(**narrowed), event, LEAD, LEAD)
    assert wants(endpoint(**narrowed), "lead.created", None, inside)
    assert not wants(endpoint(**narrowed), "lead.created", None, LEAD)


def test_all_filters_must_accept() -> None:
    narrowed = endpoint(stages=("LOST",), tags=("a",))
    assert not wants(narrowed, "lead.updated", LEAD, structs.replace(LEAD, stage="LOST"))
    assert not wants(narrowed, "lead.updated", LEAD, structs.replace(LEAD, tags=[Tag(name="a")]))


def test_no_filter_accepts_the_blank_lead() -> None:
    lost, new = structs.replace(LEAD, stage="LOST"), endpoint(stages=("NEW",))
    assert not wants(new, "lead.created", blank_lead(ACCOUNT, LEAD.id, AT_MS), lost)


@pytest.mark.parametrize(
    "wanted, changed, accepts",
    [
        ("/status", ["/email", "/status"], True),
        ("/address", ["/address/city"], True),
        ("/address/city", ["/address/city"], True),
        ("/address/city", ["/address/street"], False),
        ("/expad/unit/name", ["/expad/unit"], True),
        ("/notes", ["/notesX", "/note"], False),
        ("/expad", ["/expad/saleValue"], True),
        ("/status", [], False),
    ],
)
def test_only_fields_cover_their_members_and_their_parents(wanted: str, changed: list[str], accepts: bool) -> None:
    minding = endpoint(only_fields=("/zzz", wanted))
    assert wants(minding, "lead.updated", LEAD, LEAD, changed) is accepts
    assert wants(minding, "lead.created", None, LEAD, changed) and wants(minding, "lead.deleted", LEAD, LEAD, changed)


def test_a_change_is_delivered_to_each_endpoint_that_wants_it_whatever_its_state() -> None:
    before, after, change = as_of(desk(), 1)[0], *as_of(desk(), 2)
    silent = endpoint(id="2" * 24, events=("lead.created",))
    off = endpoint(id="3" * 24, health=disable(endpoint().health, "gone", AT_MS), only_fields=("/status",))
    other = endpoint(id="4" * 24, only_fields=("/phone",))
    deliveries = deliveries_for([endpoint(), silent, off, other], before, after, change, VIEW)
    assert [delivery.endpoint_id for delivery in deliveries] == [endpoint().id, off.id]
    assert {(d.lead_id, d.version, d.event, d.at_ms, d.account_id) for d in deliveries} == {
        (after.id, 2, "lead.updated", change.at_ms, ACCOUNT)
    }
    assert deliveries == deliveries_for([endpoint(), silent, off, other], before, after, change, VIEW)


def test_an_update_that_expad_does_not_show_is_for_no_endpoint_with_its_body() -> None:
    sample = Desk()
    sample.create(EXPAD_DIALECT, {"name": "Ana"})
    sample.patch(LEADSAIL_DIALECT, {"flags": {"isHot": True}})
    sample.patch(LEADSAIL_DIALECT, {"firstName": "Eva"})
    flat, whole = endpoint(body="expad"), endpoint(id="2" * 24, body="leadsail")

    def notified(version: int) -> list[str]:
        before = as_of(sample, version - 1)[0] if version > 1 else None
        return [d.endpoint_id for d in deliveries_for([flat, whole], before, *as_of(sample, version), VIEW)]

    assert [notified(version) for version in (1, 2, 3)] == [[flat.id, whole.id], [whole.id], [flat.id, whole.id]]


@pytest.mark.parametrize(("unit", "is_shown"), [("ms", True), ("s", False)])
def test_a_time_differs_in_the_unit_in_which_the_instance_shows_it(unit: Literal["ms", "s"], is_shown: bool) -> None:
    later = structs.replace(LEAD, lead_date_ms=LEAD.lead_date_ms + 1)
    assert change_view(DatabaseSettings(expad_epoch_unit=unit)).shows_update("expad", LEAD, later) is is_shown


def test_a_change_is_viewed_only_for_an_endpoint_that_makes_it_necessary() -> None:
    def fail(*_: object) -> NoReturn:
        raise AssertionError("no endpoint makes it necessary")

    never = ChangeView(fail, fail, {"expad": BodyShape(fail, fail)})

    sample = desk()
    before, (after, change) = as_of(sample, 1)[0], as_of(sample, 2)
    assert deliveries_for([], before, after, change, never) == []
    assert len(deliveries_for([endpoint()], before, after, change, never)) == 1
    first, created = as_of(sample, 1)
    narrowed = endpoint(only_fields=("/status",), body="expad")
    assert len(deliveries_for([narrowed], None, first, created, never)) == 1
    deleted = as_of(sample, 3)
    assert len(deliveries_for([narrowed], after, *deleted, never)) == 1
    silent = endpoint(events=("lead.deleted",), body="expad")
    assert deliveries_for([silent], before, after, change, never) == []


def test_an_endpoint_survives_its_json() -> None:
    full = endpoint(
        events=("NewLead",), headers={"X-A": "b"}, rate_per_s=0.5, health=disable(endpoint().health, "asked", 7)
    )
    assert msgspec.json.decode(msgspec.json.encode(full), type=Endpoint) == full
    assert (full.state, full.why, full.since_ms) == ("disabled", "asked", 7)
