"""Tags are objects to Expad and names to LeadSail (semantics section 1)."""

import time
from typing import Any

from lab.server import Client
from tests.support.answers import version

VIP = {"id": "t1", "name": "vip", "color": "#ff0000", "createdAt": 1_767_225_600_123}


def _tags(client: Client, lead: str) -> list[dict[str, Any]]:
    """As Expad shows them, without the id of the account."""
    tags = client.get(lead)["tags"]
    assert all(tag.pop("accountId") == client.account_id for tag in tags)
    return list(tags)


def test_leadsail_sees_names(client: Client) -> None:
    lead = client.new_lead(tags=[VIP, {"name": "late"}])
    assert client.get_leadsail(lead)["tags"] == ["vip", "late"]


def test_expad_sees_objects(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"tags": ["vip"]})
    (tag,) = _tags(client, lead)
    assert abs(tag.pop("createdAt") - time.time() * 1_000) < 60_000
    assert tag == {"id": "", "name": "vip", "color": ""}


def test_names_written_through_leadsail_keep_the_objects_they_name(client: Client) -> None:
    lead = client.new_lead(tags=[VIP, {"name": "late", "color": "blue"}])
    client.patch_leadsail(lead, {"tags": ["new", "vip"]})
    new, vip = _tags(client, lead)
    assert (new["name"], new["id"], vip) == ("new", "", VIP)


def test_sending_back_the_names_is_no_change(client: Client) -> None:
    lead = client.new_lead(tags=[VIP, {"name": "late"}])
    for tags in (["vip", "late"], ["late", "vip"]):
        assert version(client.patch_leadsail(lead, {"tags": tags})) == 1


def test_expad_finds_a_tag_of_leadsail_by_its_name(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"tags": ["vip", "late"]})
    before = _tags(client, lead)[0]
    client.patch(lead, {"tags": [{"name": "vip", "color": "red"}]})
    assert _tags(client, lead) == [{**before, "color": "red"}]
    assert client.get_leadsail(lead)["tags"] == ["vip"]


def test_clearing_from_either_side(client: Client) -> None:
    nothing: list[Any] = [None, []]
    for clear in nothing:
        lead = client.new_lead(tags=[VIP])
        client.patch_leadsail(lead, {"tags": clear})
        assert _tags(client, lead) == []
        other = client.new_leadsail_lead()
        client.patch_leadsail(other, {"tags": ["vip"]})
        client.patch(other, {"tags": clear})
        assert "tags" not in client.get_leadsail(other)
