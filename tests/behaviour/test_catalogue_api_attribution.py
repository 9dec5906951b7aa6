"""The account's setting for assigning leads to users."""

from typing import Any

import pytest

from lab.server import Client, Leadloop
from tests.support.catalogue import create, set_attribution


def is_on(client: Client) -> bool:
    data = client.leadsail("GET", "attribution").json()["data"]
    assert data.keys() == {"enabled"}
    return bool(data["enabled"])


def test_assignment_is_off_by_default(client: Client) -> None:
    create(client, "users", id="ana", name="Ana", isRealUser=True)
    assert not is_on(client)
    assert not client.get(client.new_lead())["hasAttributionUser"]
    set_attribution(client, True)
    assert is_on(client)
    assert client.get(client.new_lead())["leadAttributionUser"]["userName"] == "Ana"
    set_attribution(client, False)
    assert not is_on(client)
    assert not client.get(client.new_lead())["hasAttributionUser"]


def test_the_setting_belongs_to_one_account(client: Client, server: Leadloop) -> None:
    set_attribution(client, True)
    other = server.client()
    assert not is_on(other)
    other.close()


def test_absent_leaves_it(client: Client) -> None:
    set_attribution(client, True)
    assert client.leadsail("PATCH", "attribution", json={}).json()["data"] == {"enabled": True}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"enabled": None}, "enabled: must be true or false"),
        ({"enabled": 1}, "enabled: must be true or false"),
        ({"enable": True}, "enable: is not a known field; did you mean enabled?"),
    ],
)
def test_invalid_values_are_refused(client: Client, body: dict[str, Any], detail: str) -> None:
    answer = client.leadsail("PATCH", "attribution", json=body)
    assert (answer.status_code, answer.json()["error"]["details"]) == (400, [detail])
    assert not is_on(client)
