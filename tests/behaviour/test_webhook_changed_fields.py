"""An endpoint with the body `expad` receives the difference of two Gets: `changedFields` names the properties that
differ, and without a difference nothing is sent (expad.md section 5). A dry run agrees."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.receiver import Receiver, poll, receiving, versions
from lab.server import Client
from lab.webhooks import act, deliveries, subscribe
from leadloop.api.body import decode_object, encode
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies, new_bodies

LONG_AGO = "2020-01-01T00:00:00Z"
HIDDEN: list[Body] = [
    {"customFields": {"a": 1}},
    {"flags": {"isHot": True}},
    {"compliance": {"optIn": True}},
    {"detail": "x", "dateOfBirth": "1990-01-31", "timezone": "America/Recife"},
    {"status": "pending"},
    {"clientLeadId": "c-1"},
    {"notes": [{"id": "old", "text": "older", "createdAt": "2020-01-01T00:00:00Z"}]},
]
"""Changes through LeadSail that Expad does not show."""
STEPS: st.SearchStrategy[tuple[str, Body]] = st.one_of(
    st.tuples(st.just("expad"), bodies(EXPAD)),
    st.tuples(st.just("leadsail"), bodies(LEADSAIL)),
    st.tuples(st.just("leadsail"), st.sampled_from(HIDDEN)),
)

Filed = list[tuple[str, str]]
"""Endpoints and events."""


def patch(client: Client, dialect: str, lead_id: str, body: Body, **headers: str) -> httpx.Response:
    """Numbers are sent digit by digit."""
    request = client.expad if dialect == "expad" else client.leadsail
    path = ("lead" if dialect == "expad" else "leads") + f"/{lead_id}"
    return request("PATCH", path, content=encode(body), headers={"Content-Type": "application/json", **headers})


def shown(client: Client, lead_id: str) -> Body:
    answer = client.expad("GET", f"lead/{lead_id}")
    assert answer.status_code == 200, answer.text
    return decode_object(answer.content)


def dry_run(client: Client, dialect: str, lead_id: str, body: Body) -> Filed:
    answer = patch(client, dialect, lead_id, body, Prefer="dry-run")
    assert answer.status_code == 200, answer.text
    members = answer.json() if dialect == "expad" else answer.json()["data"]
    return sorted((webhook["endpointId"], webhook["event"]) for webhook in members["webhooks"])


def filed(client: Client, endpoints: list[dict[str, Any]], lead_id: str, version: int) -> Filed:
    """The deliveries that were queued for one version of a lead."""
    queued: Filed = []
    for endpoint in endpoints:
        for delivery in deliveries(client, endpoint, limit=200):
            if (delivery["leadId"], delivery["version"]) == (f"lead_{lead_id}", version):
                queued.append((endpoint["id"], delivery["event"]))
    return sorted(queued)


def changed_fields(receiver: Receiver, lead_id: str, version: int) -> list[str]:
    got = receiver.until_version(lead_id, version)
    (body,) = [
        request.body for request in got if (request.body["leadId"], request.body["version"]) == (lead_id, version)
    ]
    assert body["previousVersion"] == version - 1
    return list(body["changedFields"])


def difference(before: Body, after: Body) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name, value in before.items() if value != after[name]}


def test_changed_fields_are_the_difference_of_two_gets_and_a_dry_run_agrees(owner: Client, receiver: Receiver) -> None:
    flat = subscribe(owner, receiver, body="expad")
    with receiving() as other:
        whole = subscribe(owner, other)
        narrow = subscribe(owner, other, body="expad", onlyFields=["/detail", "/notes", "/expad/unit"])
        endpoints = [flat, whole, narrow]

        @examples(25)
        @given(new=new_bodies("expad"), steps=st.lists(STEPS, min_size=1, max_size=4))
        def run(new: Body, steps: list[tuple[str, Body]]) -> None:
            answer = owner.expad("POST", content=encode(new), headers={"Content-Type": "application/json"})
            assert answer.status_code == 200, answer.text
            lead_id, version = str(answer.json()["leadId"]), 1
            for dialect, body in steps:
                before, expected = shown(owner, lead_id), None
                answer = patch(owner, dialect, lead_id, body, Prefer="dry-run")
                if answer.status_code != 400:
                    expected = dry_run(owner, dialect, lead_id, body)
                answer = patch(owner, dialect, lead_id, body)
                assert (answer.status_code == 400) is (expected is None), answer.text
                if expected is None or answer.headers["etag"] == f'"{version}"':
                    assert not expected
                    continue
                version += 1
                differing = difference(before, shown(owner, lead_id))
                assert filed(owner, endpoints, lead_id, version) == expected
                assert (whole["id"] in dict(expected), flat["id"] in dict(expected)) == (True, bool(differing))
                assert narrow["id"] not in dict(expected) or differing
                if differing:
                    names = changed_fields(receiver, lead_id, version)
                    assert set(names) == differing and len(names) == len(differing)

        run()


@pytest.mark.parametrize(
    ("dialect", "body", "names"),
    [
        ("expad", {"leadAttributionUser": {"id": "u1"}}, ["leadAttributionUser", "hasAttributionUser"]),
        ("expad", {"googleLeadId": "g1"}, ["campaignIdData", "googleLeadId"]),
        ("expad", {"callDuration": 60}, ["hasLeadCalls", "callDuration"]),
        ("expad", {"status": "ACTIVE"}, ["status"]),
        ("expad", {"markedForDeletion": True}, ["deletedAt", "markedForDeletion"]),
        ("leadsail", {"firstName": "Eva"}, ["name"]),
        ("leadsail", {"status": "contacted"}, ["status"]),
        ("leadsail", {"address": {"city": "Recife"}}, ["address"]),
        ("leadsail", {"notes": [{"text": "new"}]}, ["note"]),
        ("leadsail", {"attribution": {"captureUrl": "https://a.example/"}}, ["startUrl"]),
        ("leadsail", {"customFields": {"a": 1}, "phone": "11 4112-0031"}, ["phoneNumber"]),
    ],
    ids=str,
)  # fmt: skip
def test_derived_properties_are_named(
    owner: Client, receiver: Receiver, dialect: str, body: Body, names: list[str]
) -> None:
    endpoint = subscribe(owner, receiver, body="expad")
    lead_id = owner.new_lead()
    before, expected = shown(owner, lead_id), dry_run(owner, dialect, lead_id, body)
    assert patch(owner, dialect, lead_id, body).status_code == 200
    assert [endpoint_id for endpoint_id, _ in expected] == [endpoint["id"]]
    changed = changed_fields(receiver, lead_id, 2)
    assert sorted(changed) == sorted(names)
    assert set(changed) == difference(before, shown(owner, lead_id))


@pytest.mark.parametrize(
    "body",
    HIDDEN,
    ids=str,
)
def test_changes_that_expad_does_not_show_send_nothing(owner: Client, receiver: Receiver, body: Body) -> None:
    flat = subscribe(owner, receiver, body="expad")
    with receiving() as other:
        whole = subscribe(owner, other)
        lead_id = owner.new_lead(note="first")
        before = shown(owner, lead_id)
        assert dry_run(owner, "leadsail", lead_id, body) == [(whole["id"], "lead.updated")]
        assert owner.patch_leadsail(lead_id, body).status_code == 200
        assert shown(owner, lead_id) == before
        owner.patch(lead_id, {"cpf": "1"})
        got = receiver.until_version(lead_id, 3)
        assert versions(got, lead_id) == [1, 3]
        assert (got[-1].body["previousVersion"], got[-1].body["changedFields"]) == (2, ["cpf"])
        assert versions(other.until_version(lead_id, 3), lead_id) == [1, 2, 3]
        assert [delivery["version"] for delivery in deliveries(owner, flat)] == [1, 3]


def test_deleting_and_restoring_through_leadsail_are_shown(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver, body="expad")
    lead_id = owner.new_leadsail_lead().removeprefix("lead_")
    assert owner.leadsail("DELETE", f"leads/{lead_id}").status_code == 200
    owner.patch(lead_id, {"markedForDeletion": False})
    assert changed_fields(receiver, lead_id, 2) == ["deletedAt", "markedForDeletion"]
    assert changed_fields(receiver, lead_id, 3) == ["deletedAt", "markedForDeletion"]


def test_a_replay_leaves_out_changes_that_expad_does_not_show(owner: Client, receiver: Receiver) -> None:
    lead_id = owner.new_lead()
    owner.patch_leadsail(lead_id, {"flags": {"isHot": True}})
    owner.patch(lead_id, {"cpf": "1"})
    endpoint = subscribe(owner, receiver, body="expad")
    assert act(owner, endpoint, "replay", since=LONG_AGO) == {"replayed": 2, "examined": 3, "next": None}
    assert versions(receiver.until_version(lead_id, 3), lead_id) == [1, 3]


def test_an_endpoint_changed_to_expad_gets_no_change_that_expad_does_not_show(
    owner: Client, receiver: Receiver
) -> None:
    """Waiting deliveries without a difference are skipped when they become due, and a resend reports that."""
    endpoint = subscribe(owner, receiver, state="disabled")
    lead_id = owner.new_lead()
    owner.patch_leadsail(lead_id, {"flags": {"isHot": True}})
    owner.patch(lead_id, {"cpf": "1"})
    answer = owner.leadsail("PATCH", f"webhooks/{endpoint['id']}", json={"body": "expad"})
    assert answer.status_code == 200, answer.text
    act(owner, endpoint, "resume")
    assert versions(receiver.until_version(lead_id, 3), lead_id) == [1, 3]
    assert changed_fields(receiver, lead_id, 3) == ["cpf"]
    listed = poll(
        lambda: (
            all(delivery["state"] == "done" for delivery in deliveries(owner, endpoint)) and deliveries(owner, endpoint)
        )
    )
    assert [(delivery["version"], delivery["attempts"]) for delivery in listed] == [(1, 1), (2, 0), (3, 1)]
    assert act(owner, endpoint, f"deliveries/{listed[1]['id']}/resend") == {"resent": 0}
    assert act(owner, endpoint, f"deliveries/{listed[2]['id']}/resend") == {"resent": 1}
