"""References are replaced as a snapshot, whatever they name, and never make the request fail."""

from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_schema import LEAD, SCHEMAS, zero
from tests.wire.expad_values import FULL, lacks

NAMES = ("leadAttributionUser", "unit", "department", "interest", "leadLossReson", "leadActivityReason")


def empty(name: str) -> dict[str, Any]:
    """All members of a reference, each unset."""
    return {member: zero(kind) for member, kind in SCHEMAS[LEAD[name]].items() if member != "accountId"}


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_reference_is_stored_as_sent(client: Client, name: str) -> None:
    lead_id = client.new_lead()
    for sent in ({"id": "nobody-knows-it"}, FULL[name]):
        client.patch(lead_id, {name: sent})
        assert list(lacks({**empty(name), **sent}, client.get(lead_id)[name])) == []


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_name_alone_will_do(client: Client, name: str) -> None:
    lead_id = client.new_lead(**{name: {"name": "Só o nome"}})
    assert list(lacks({**empty(name), "name": "Só o nome"}, client.get(lead_id)[name])) == []


@pytest.mark.parametrize(
    "sent", [{"email": "bia@example.com"}, {"userName": "Bia"}, {"userId": "u1"}, {"id": "x", "isRealUser": False}]
)
def test_a_user_by_what_names_one(client: Client, sent: dict[str, Any]) -> None:
    lead_id = client.new_lead(leadAttributionUser=sent)
    lead = client.get(lead_id)
    assert list(lacks({**empty("leadAttributionUser"), **sent}, lead["leadAttributionUser"])) == []
    assert lead["hasAttributionUser"] is True


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nothing", [None, {}, "empty"])
def test_an_empty_reference_is_unset(client: Client, name: str, nothing: Any) -> None:
    lead_id = client.new_lead(**{name: FULL[name]})
    texts = {member: value for member, value in empty(name).items() if isinstance(value, str)}
    client.patch(lead_id, {name: texts if nothing == "empty" else nothing})
    lead = client.get(lead_id)
    assert lead[name] is None
    assert lead["hasAttributionUser"] is False


@pytest.mark.parametrize("name", NAMES)
def test_malformed_references_are_refused(client: Client, name: str) -> None:
    lead_id = client.new_lead()
    wrong: list[Any] = ["x", 5, [], True, {"id": 5}, {"id": ".."}, {"id": "x" * 257}]
    for sent in wrong:
        answer = client.expad("PATCH", f"lead/{lead_id}", json={name: sent})
        assert answer.status_code == 400, sent
        assert name in answer.json()["message"]


def test_the_account_of_a_reference_is_the_leads_own(client: Client) -> None:
    lead = client.get(client.new_lead(**{name: FULL[name] for name in NAMES}))
    for name in ("leadAttributionUser", "unit", "department", "interest"):
        assert lead[name]["accountId"] == client.account_id


@pytest.mark.parametrize("item_id", ["0", "a-b_C", "x" * 256, "-", "auth0|64af00", "65f0c0ffee0000000000aa01"])
def test_ids_of_all_allowed_forms(client: Client, item_id: str) -> None:
    lead_id = client.new_lead(unit={"id": item_id}, customLeadSourceId=item_id)
    lead = client.get(lead_id)
    assert (lead["unit"]["id"], lead["customLeadSourceId"]) == (item_id, item_id)
