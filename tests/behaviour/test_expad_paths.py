"""Both forms of a lead's id, the slash at the end, the list's other name, and what is at no path."""

import pytest

from lab.server import Client

UNKNOWN = "0123456789abcdef01234567"


@pytest.mark.parametrize("prefix", ["", "lead_"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_both_forms_of_the_id_with_and_without_a_slash(client: Client, prefix: str, slash: str) -> None:
    lead_id = client.new_lead()
    path = f"lead/{prefix}{lead_id}{slash}"
    assert client.expad("GET", path).json()["id"] == lead_id
    assert client.expad("PATCH", path, json={"companyName": "X"}).json()["leadId"] == lead_id


@pytest.mark.parametrize("slash", ["", "/"])
def test_create_and_list_with_and_without_a_slash(client: Client, slash: str) -> None:
    assert client.expad("POST", f"lead{slash}", json={"name": "Ana"}).status_code == 200
    for name in ("lead", "leads"):
        assert client.expad("GET", f"{name}{slash}").json()["total"] == 1


def test_a_lead_of_leadsail_is_reached_by_either_form(client: Client) -> None:
    made = client.new_leadsail_lead()
    assert client.get(made)["id"] == client.get(made.removeprefix("lead_"))["id"] == made.removeprefix("lead_")


@pytest.mark.parametrize(
    "lead_id", ["x", "lead_", "lead_x", UNKNOWN.upper(), UNKNOWN[:-1], f"{UNKNOWN}0", "%00", "ã", "1 2"]
)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_malformed_id_is_not_found(client: Client, lead_id: str, method: str) -> None:
    answer = client.expad(method, f"lead/{lead_id}", json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, 404)


def test_the_published_samples_path_says_what_is_missing(client: Client) -> None:
    for path in ("lead/", "lead"):
        answer = client.expad("PATCH", path, json={"name": "X"})
        assert (answer.status_code, answer.json()["message"]) == (404, "lead id missing in the path")


@pytest.mark.parametrize("path", ["", "lead/x/y", "insight", "Lead"])
def test_an_unknown_path_is_404_in_the_dialects_own_form(client: Client, path: str) -> None:
    answer = client.http.get(f"/v1/account/{client.account_id}/{path}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"message", "messge", "code", "details"}


@pytest.mark.parametrize(
    ("path", "methods", "allowed"),
    [
        ("lead", ["PUT", "DELETE", "OPTIONS"], {"GET", "POST"}),
        ("leads", ["POST", "PATCH", "PUT", "DELETE"], {"GET"}),
        (f"lead/{UNKNOWN}", ["POST", "PUT", "DELETE"], {"GET", "PATCH"}),
    ],
)
def test_another_method_is_405_with_allow(client: Client, path: str, methods: list[str], allowed: set[str]) -> None:
    for method in methods:
        answer = client.expad(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, 405)
        assert allowed <= {name.strip() for name in answer.headers["Allow"].split(",")}


def test_head_is_get_without_the_body(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.expad("HEAD", f"lead/{lead_id}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == '"1"'
