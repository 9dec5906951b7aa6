"""Bodies about people and API keys, tokens of links, and roles."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from leadloop.core.errors import InvalidFields
from leadloop.core.keys import SCOPES
from leadloop.core.people import form
from leadloop.core.people.model import Member, Membership, MemberState, Person
from leadloop.core.people.roles import ROLE_SCOPES, Role
from leadloop.core.people.tokens import address_of, digest_of, new_token

PERSON = Person(id="b" * 24, email="Ana@x.com", email_key="ana@x.com", name="Ana", created_at_ms=0)
MEMBER = Member(
    PERSON,
    Membership(account_id="a" * 24, person_id=PERSON.id, role=Role.AGENT, state=MemberState.ACTIVE, created_at_ms=0),
)
INVITATION = {"email": "ana@x.com", "name": "Ana", "role": "agent"}


def problems_of_invitation(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidFields) as raised:
        form.read_invitation(body)
    return {problem.field: problem.code for problem in raised.value.problems}


def problems_of_change(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidFields) as raised:
        form.read_change(MEMBER, body)
    return {problem.field: problem.code for problem in raised.value.problems}


def test_an_invitation_names_e_mail_name_and_role() -> None:
    invitee = form.read_invitation({**INVITATION, "email": " Ana@X.com "})
    assert (invitee.email, invitee.email_key, invitee.role) == ("Ana@X.com", "ana@x.com", Role.AGENT)
    assert problems_of_invitation({}) == dict.fromkeys(("/email", "/name", "/role"), "required")
    nulls = dict.fromkeys(("email", "name", "role"))
    assert problems_of_invitation({**nulls, "catalogueUserId": None}) == {f"/{name}": "null" for name in nulls}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("email", "ana", "email_expected"),
        ("email", "n/a", "email_expected"),
        ("email", "a" * 320 + "@x.com", "too_long"),
        ("email", 1, "text_expected"),
        ("role", "admin", "one_of"),
        ("catalogueUserId", "", "empty"),
        ("catalogueUserId", 7, "text_expected"),
        ("state", "active", "unknown_field"),
        ("nam", "x", "unknown_field_near"),
    ],
)
def test_other_invitations_are_refused(name: str, value: Any, code: str) -> None:
    assert problems_of_invitation({**INVITATION, name: value}) == {f"/{name}": code}


def test_a_shown_member_can_be_sent_back() -> None:
    for state in MemberState:
        membership = Membership(
            account_id="a" * 24, person_id=PERSON.id, role=Role.OWNER, state=state, created_at_ms=0, last_seen_at_ms=5
        )
        member = Member(PERSON, membership)
        assert form.read_change(member, form.show(member)) == {}


def test_a_change_sets_what_the_body_names() -> None:
    body = {"name": "Eva", "role": "owner", "state": "disabled", "catalogueUserId": "u1"}
    assert form.read_change(MEMBER, body) == {
        "name": "Eva",
        "role": Role.OWNER,
        "state": MemberState.DISABLED,
        "catalogue_user_id": "u1",
    }
    assert form.read_change(MEMBER, {"catalogueUserId": "u1"} | {"lastSeenAt": None, "id": "x"}) == {
        "catalogue_user_id": "u1"
    }
    assert problems_of_change({"state": "invited"}) == {"/state": "one_of"}
    assert problems_of_change({"email": "eva@x.com"}) == {"/email": "email_fixed"}
    assert problems_of_change({"role": None, "name": None, "state": None}) == {
        "/role": "null",
        "/name": "null",
        "/state": "null",
    }


def test_roles_grow_and_the_owner_has_every_scope() -> None:
    sets = [ROLE_SCOPES[role] for role in (Role.READ_ONLY, Role.AGENT, Role.MANAGER, Role.OWNER)]
    assert all(smaller < larger for smaller, larger in pairwise(sets))
    assert sets[-1] == frozenset(SCOPES)
    assert {"keys:manage", "users:manage"} == sets[-1] - sets[-2]


def test_tokens_have_256_bits_and_no_two_are_equal() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert {len(token) for token in tokens} == {43}
    digests = {digest_of(token) for token in tokens}
    assert len(digests) == 1_000 and {len(digest) for digest in digests} == {32}
    assert digest_of("\ud800") != digest_of("")
    assert address_of("https://crm.example", "t") == "https://crm.example/app/welcome/t"


ACTION = re.compile(r'"((?:account|user|key|webhook)\.[a-z_]+)"')
ROOT = Path(__file__).resolve().parents[2]


def test_the_guide_lists_every_action_of_the_audit_trail() -> None:
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "src" / "leadloop").rglob("*.py"))
    actions = set(ACTION.findall(sources)) - {"webhook.test"}
    table = (ROOT / "docs" / "people.md").read_text("utf-8").partition("## Audit trail")[2]
    listed = set(re.findall(r"`((?:account|user|key|webhook)\.[a-z_]+)`", table))
    assert len(actions) > 15
    assert actions == listed
