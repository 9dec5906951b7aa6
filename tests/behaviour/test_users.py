"""The people of an account over HTTP: invitations, roles, links and access (own.md sections 2 to 4)."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from tests.support.members import accept, audit, data, invite, member, new_email, visit


@pytest.fixture
def owner(server: Leadloop) -> Iterator[Client]:
    """A key with every scope, of a new account."""
    owner = server.client(SCOPES)
    yield owner
    owner.close()


@pytest.fixture
def other(server: Leadloop) -> Iterator[Client]:
    """The same of another account."""
    other = server.client(SCOPES)
    yield other
    other.close()


def users(client: Client) -> list[dict[str, Any]]:
    return list(data(client, "GET", "users")["users"])


def change(client: Client, user: dict[str, Any], status: int = 200, **body: Any) -> Any:
    answer = client.leadsail("PATCH", f"users/{user['id']}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()["data"] if status == 200 else answer.json()["error"]["message"]


def test_an_invited_user_becomes_active_by_the_link(server: Leadloop, owner: Client) -> None:
    email = new_email()
    invitation = invite(owner, "manager", email=f" {email} ", name=" Ana Souza ")
    user = invitation["user"]
    assert user == {
        "id": user["id"],
        "name": "Ana Souza",
        "email": email,
        "role": "manager",
        "catalogueUserId": user["catalogueUserId"],
        "state": "invited",
        "lastSeenAt": None,
    }
    assert invitation["link"].startswith(f"{server.url}/app/welcome/")
    assert invitation["linkExpiresAt"] > "2026"
    assert users(owner) == [user]
    assert accept(server, invitation["link"])
    assert not accept(server, invitation["link"])
    assert users(owner) == [{**user, "state": "active"}]
    visit(server, owner.account_id, user["id"])
    assert users(owner) == [{**user, "state": "active", "lastSeenAt": "1970-01-01T00:00:00.005Z"}]


def test_the_link_is_shown_once(owner: Client) -> None:
    invitation = invite(owner)
    token = invitation["link"].rpartition("/")[2]
    answers = [
        owner.leadsail("GET", "users").text,
        owner.leadsail("GET", "audit").text,
        owner.leadsail("PATCH", f"users/{invitation['user']['id']}", json={"role": "owner"}).text,
    ]
    assert not any(token in text for text in answers)


def test_an_invitation_is_repeated_without_its_link(owner: Client) -> None:
    body = {"email": new_email(), "name": "Ana", "role": "agent"}
    headers = {"Idempotency-Key": "once"}
    first = owner.leadsail("POST", "users", json=body, headers=headers)
    again = owner.leadsail("POST", "users", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["data"] == {"user": first.json()["data"]["user"]}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert owner.leadsail("POST", "users", json={**body, "name": "Eva"}, headers=headers).status_code == 422
    assert len(users(owner)) == 1 and len(audit(owner)) == 1


def test_an_e_mail_is_one_user_of_the_account_in_any_spelling(owner: Client) -> None:
    email = new_email()
    invite(owner, email=email)
    answer = owner.leadsail("POST", "users", json={"email": email.upper(), "name": "Eva", "role": "owner"})
    assert answer.status_code == 409
    assert email.upper() not in answer.text


def test_the_answer_does_not_tell_whether_the_instance_knows_a_person(
    server: Leadloop, owner: Client, other: Client
) -> None:
    known = member(server, other, "owner", name="Ana Known")
    answers = [invite(owner, email=email, name="Ana") for email in (known["email"].upper(), new_email())]
    for answer in answers:
        user = answer["user"]
        assert (user["name"], user["state"], user["lastSeenAt"]) == ("Ana", "invited", None)
    assert answers[0]["user"]["email"] == known["email"].upper()
    assert answers[0].keys() == answers[1].keys()


def test_a_user_who_is_invited_twice_has_a_role_in_each_account(server: Leadloop, owner: Client, other: Client) -> None:
    first = member(server, owner, "owner")
    second = member(server, other, "read-only", email=first["email"])
    assert first["id"] == second["id"]
    assert (users(owner)[0]["role"], users(other)[0]["role"]) == ("owner", "read-only")
    change(other, second, role="manager", state="disabled")
    assert (users(owner)[0]["role"], users(owner)[0]["state"]) == ("owner", "active")


def test_a_catalogue_user_is_found_by_e_mail_or_made(owner: Client) -> None:
    email = new_email()
    data(owner, "POST", "catalogue/users", 201, json={"id": "u7", "name": "A. Souza", "email": email})
    assert invite(owner, email=email.upper())["user"]["catalogueUserId"] == "u7"
    made = invite(owner, name="Bia Lima")["user"]
    entry = data(owner, "GET", f"catalogue/users/{made['catalogueUserId']}")
    assert (entry["name"], entry["email"]) == ("Bia Lima", made["email"])
    assert entry["globalAutoAttributionDisabled"] is None
    manager = invite(owner, "manager", name="Caio")["user"]
    entry = data(owner, "GET", f"catalogue/users/{manager['catalogueUserId']}")
    assert entry["globalAutoAttributionDisabled"] is True, "only agents take part in automatic assignment"
    data(owner, "POST", "catalogue/users", 201, json={"id": "u8", "name": "Rui"})
    assert invite(owner, name="Rui")["user"]["catalogueUserId"] == "u8"


def test_a_catalogue_user_that_is_named_must_exist(owner: Client) -> None:
    data(owner, "POST", "catalogue/users", 201, json={"id": "u7", "name": "A. Souza"})
    data(owner, "POST", "catalogue/users", 201, json={"id": "old", "name": "Old"})
    data(owner, "POST", "catalogue/users/old/archive")
    user = invite(owner, catalogueUserId="u7")["user"]
    assert user["catalogueUserId"] == "u7"
    assert change(owner, user, catalogueUserId=None)["catalogueUserId"] is None
    assert change(owner, user, catalogueUserId="u7")["catalogueUserId"] == "u7"
    for unknown in ("u9", "old"):
        assert change(owner, user, 400, catalogueUserId=unknown)
        body = {"email": new_email(), "name": "Eva", "role": "agent", "catalogueUserId": unknown}
        assert owner.leadsail("POST", "users", json=body).status_code == 400
    assert [user["name"] for user in users(owner)] == ["Ana"]


def test_the_last_owner_stays(server: Leadloop, owner: Client) -> None:
    first, second = member(server, owner, "owner"), member(server, owner, "owner")
    change(owner, first, role="agent")
    before = users(owner)
    for body in ({"role": "manager"}, {"state": "disabled"}):
        assert "owner" in change(owner, second, 409, **body)
    invite(owner, "owner")
    assert "owner" in change(owner, second, 409, role="agent"), "an invited owner is none yet"
    assert users(owner)[:2] == before
    change(owner, first, role="owner")
    assert change(owner, second, state="disabled")["state"] == "disabled"


def test_a_disabled_user_who_never_came_is_invited_again(server: Leadloop, owner: Client) -> None:
    invitation = invite(owner)
    user = invitation["user"]
    assert change(owner, user, state="active")["state"] == "invited", "only the link makes a user active"
    assert change(owner, user, state="disabled")["state"] == "disabled"
    assert owner.leadsail("POST", f"users/{user['id']}/link").status_code == 409
    assert change(owner, user, state="active")["state"] == "invited"
    came = member(server, owner)
    visit(server, owner.account_id, came["id"])
    change(owner, came, state="disabled")
    assert change(owner, came, state="active")["state"] == "active"


def test_a_new_link_replaces_the_earlier_one(server: Leadloop, owner: Client) -> None:
    invitation = invite(owner)
    path = f"users/{invitation['user']['id']}/link"
    link = data(owner, "POST", path)
    assert link.keys() == {"link", "expiresAt"}
    assert not accept(server, invitation["link"])
    assert accept(server, link["link"])
    assert users(owner)[0]["state"] == "active"
    assert accept(server, data(owner, "POST", path)["link"]), "now it sets another password"


def test_an_owner_of_one_account_does_not_act_for_a_person_of_two(
    server: Leadloop, owner: Client, other: Client
) -> None:
    user = member(server, owner, "owner")
    early = data(owner, "POST", f"users/{user['id']}/link")["link"]
    invitation = invite(other, email=user["email"])
    pending = data(owner, "POST", f"users/{user['id']}/link")["link"]
    assert data(other, "POST", f"users/{user['id']}/link")["link"], "an invitation is the account's own affair"
    assert change(owner, user, name="Ana Lima")["name"] == "Ana Lima", "an invitation alone ties no hands"
    latest = data(other, "POST", f"users/{user['id']}/link")["link"]
    assert not accept(server, invitation["link"]) and accept(server, latest)
    for client in (owner, other):
        assert client.leadsail("POST", f"users/{user['id']}/link").status_code == 409
        assert "another account" in change(client, user, 409, name="Mallory")
        assert change(client, user, role="owner")["name"] == "Ana Lima"
    assert not accept(server, early) and not accept(server, pending), "links from before are void"


def test_ending_access_concerns_this_account_alone(server: Leadloop, owner: Client, other: Client) -> None:
    user = member(server, owner)
    member(server, other, email=user["email"])
    assert data(owner, "DELETE", f"users/{user['id']}/sessions") is None
    assert audit(owner)[-1] == ("user.signed_out", user["id"])
    assert ("user.signed_out", user["id"]) not in audit(other)
    assert other.leadsail("DELETE", "users/nobody/sessions").status_code == 404


def test_what_happens_to_users_is_in_the_audit_trail(server: Leadloop, owner: Client) -> None:
    user = member(server, owner)
    change(owner, user, role="owner", name="Eva", catalogueUserId=None)
    change(owner, user, role="owner", name="Eva")
    data(owner, "POST", f"users/{user['id']}/link")
    member(server, owner, "owner")
    change(owner, user, state="disabled")
    visit(server, owner.account_id, user["id"])
    change(owner, user, state="active")
    done = [action for action, object_id in audit(owner) if object_id == user["id"]]
    assert done == [
        "user.invited",
        *sorted(("user.role_changed", "user.changed"), key=done.index),
        "user.link_created",
        "user.disabled",
        "user.enabled",
    ]


def test_users_are_listed_in_pages(owner: Client) -> None:
    invited = [invite(owner, name=f"user {number}")["user"] for number in range(5)]
    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = data(owner, "GET", "users", params=params)
        seen += page["users"]
        cursor = page["nextCursor"]
        assert page["hasMore"] is (cursor is not None)
    assert seen == sorted(invited, key=lambda user: user["id"]) and cursor is None
    for wrong in ("x", "IjEi", "bnVsbA"):
        assert owner.leadsail("GET", "users", params={"cursor": wrong}).status_code == 400


def test_a_body_is_refused_as_a_whole(owner: Client) -> None:
    answer = owner.leadsail("POST", "users", json={"emial": "a@b.c", "name": "", "role": "admin"})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [
        "emial: is not a known field; did you mean email?",
        "name: must have 1 to 200 printable characters",
        "role: must be one of read-only, agent, manager, owner",
        "email: is required",
    ]
    assert users(owner) == [] and audit(owner) == []
