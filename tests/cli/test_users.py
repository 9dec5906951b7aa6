"""The people of the dashboard from the command line, on both engines."""

import json
import subprocess
import sys
from typing import Any

import pytest
from msgspec import structs

from lab.stores import with_store
from leadloop.app import clock
from leadloop.core.people.tokens import digest_of
from leadloop.webhooks.ports import WebhookStore
from tests.cli.command import environment
from tests.cli.instance import Instance
from tests.storage.people import link


@pytest.fixture
def instance(migrated: Instance) -> Instance:
    return migrated


def invite(instance: Instance, name: str, role: str = "owner", account: str | None = None) -> dict[str, Any]:
    options = ("--account", account or instance.account, "--name", name, "--role", role)
    done = instance("users", "invite", "--email", f"{name}@example.com", *options, "--json")
    return dict(done.json)


def use(instance: Instance, address: str) -> None:
    """Like the form of the link."""
    digest = digest_of(address.rsplit("/", 1)[1])

    async def run(store: WebhookStore) -> None:
        used = await store.links.use(digest, clock(), lambda person: structs.replace(person, password_hash="$"))
        assert used is not None

    with_store(instance.database, run)


def listed(instance: Instance, account: str | None = None) -> dict[str, tuple[str, str]]:
    shown = instance("users", "list", "--account", account or instance.account, "--json").json
    return {person["name"]: (person["role"], person["state"]) for person in shown}


def actions(instance: Instance) -> list[str]:
    async def run(store: WebhookStore) -> list[str]:
        page = await store.audit.page(instance.account, "", 50, actor="system", action=None, since_ms=0)
        return [entry.action for entry in page]

    return with_store(instance.database, run)


def test_a_person_is_invited_changed_signed_out_and_deleted(instance: Instance) -> None:
    done = instance("users", "list", "--account", instance.account)
    assert (done.code, "nobody yet" in done.out) == (0, True)
    ana = invite(instance, "ana")
    assert ana["user"].keys() == {"id", "name", "email", "role", "catalogueUserId", "state", "lastSeenAt"}
    assert ana["link"].startswith("http://127.0.0.1:8080/app/welcome/")
    assert ana["linkExpiresAt"].endswith("Z") and ana["user"]["catalogueUserId"] is not None
    assert listed(instance) == {"ana": ("owner", "invited")}
    use(instance, ana["link"])
    bia = invite(instance, "bia", "agent")["user"]["id"]
    assert listed(instance) == {"ana": ("owner", "active"), "bia": ("agent", "invited")}

    update = ("users", "update", "--account", instance.account)
    refused = instance(*update, "ana@example.com", "--role", "agent")
    assert refused.code == 1 and "owner" in refused.err
    assert instance(*update, bia, "--role", "manager", "--name", "Beatriz", "--json").json["role"] == "manager"
    assert instance(*update, " BIA@example.com ", "--state", "disabled").code == 0
    assert listed(instance)["Beatriz"] == ("manager", "disabled")
    assert instance("users", "sign-out", bia, "--json").json == {"id": bia, "sessions": 0}
    last = instance("users", "delete", "ana@example.com", "--yes")
    assert last.code == 1 and "owner" in last.err
    assert instance("users", "delete", bia, "--yes", "--json").json == {"id": bia, "deleted": True}
    assert listed(instance) == {"ana": ("owner", "active")}
    for unknown in (bia, "bia@example.com", "nonsense", ""):
        done = instance("users", "link", unknown)
        assert (done.code, done.out) == (1, "") and "no such person" in done.err
    wanted = ["invited", "invited", "role_changed", "changed", "disabled", "signed_out", "deleted"]
    assert {f"user.{action}" for action in wanted} <= {*actions(instance)}


def test_the_operator_makes_a_link_for_any_person(instance: Instance) -> None:
    other = instance.new_account("B")
    first = instance("users", "link", "--account", other, "--json", PUBLIC_URL="https://leads.example.com/").json
    assert first["link"].startswith("https://leads.example.com/app/welcome/")
    assert first.keys() == {"link", "expiresAt"}
    ana = invite(instance, "ana")
    again = instance("users", "link", "ana@example.com", "--json").json["link"]
    assert again != ana["link"]
    use(instance, again)
    assert listed(instance) == {"ana": ("owner", "active")}, "the new invitation replaces the lost one"
    use(instance, invite(instance, "ana", account=other)["link"])
    done = instance("users", "link", ana["user"]["id"])
    assert done.code == 0 and "LEADLOOP_PUBLIC_URL" in done.err
    use(instance, next(line for line in done.out.splitlines() if "/app/welcome/" in line))
    nameless = instance("users", "link")
    assert (nameless.code, nameless.out) == (1, "")


def test_deleting_asks_for_the_name(instance: Instance) -> None:
    invite(instance, "ana")
    account = ("accounts", "delete", "--account", instance.account)
    for arguments, typed, code in (
        (("users", "delete", "ana@example.com"), "ana", 1),
        (account, "", 1),
        (account, "A", 0),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "leadloop", *arguments],
            input=f"{typed}\n",
            cwd=instance.folder,
            env=environment(**instance.variables),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "type" in done.stderr
    assert instance("accounts", "list", "--json").json == []


def test_an_account_is_deleted_with_everything(instance: Instance) -> None:
    other = instance.new_account("B")
    for account in (instance.account, other):
        invite(instance, "ana", account=account)
    invite(instance, "bia")
    unknown = instance("accounts", "delete", "--account", "0" * 24)
    assert unknown.code == 1 and "no such account" in unknown.err
    done = instance("accounts", "delete", "--account", instance.account, "--yes", "--json")
    assert done.json == {"id": instance.account, "deleted": True}
    assert [each["id"] for each in instance("accounts", "list", "--json").json] == [other]
    assert listed(instance, other) == {"ana": ("owner", "invited")}
    assert instance("users", "link", "bia@example.com").code == 1
    again = instance("accounts", "delete", "--account", instance.account, "--yes")
    assert again.code == 0, "as after an interruption"
    doctor = {check["check"]: check for check in instance("doctor", "--json").json}
    assert doctor["people"]["ok"] and doctor["people"]["detail"] == "1, with 1 memberships in accounts"


def test_doctor_reports_what_does_not_belong_together(instance: Instance) -> None:
    ana = invite(instance, "ana")["user"]["id"]

    async def break_it(store: WebhookStore) -> None:
        members = await store.memberships.of_account(instance.account, "", 1)
        person, membership = members[0].person, members[0].membership
        lost = structs.replace(membership, account_id="f" * 24)
        assert await store.memberships.invite(person, lost, link("x", of=person, account_id="f" * 24))

    with_store(instance.database, break_it)
    done = instance("doctor", "--json")
    assert done.code == 1
    [detail] = [check["detail"] for check in json.loads(done.out) if check["check"] == "people"]
    assert ana in detail and "which is no account" in detail
