"""The shared views of an account from the command line, on both engines."""

import json

import pytest
from msgspec import structs

from lab.stores import with_store
from leadloop.webhooks.ports import WebhookStore
from tests.cli.instance import Instance


@pytest.fixture
def instance(migrated: Instance) -> Instance:
    return migrated


def test_a_view_is_made_changed_and_deleted(instance: Instance) -> None:
    account = ("--account", instance.account)
    empty = instance("views", "list", *account)
    assert (empty.code, "no shared views yet" in empty.out) == (0, True)
    members = ("--search", "stage:NEW -has:user", "--sort", "created", "--columns", "name, phone")
    made = instance("views", "create", *account, "--name", "Late", *members, "--json").json
    assert made == {
        "id": made["id"],
        "name": "Late",
        "search": "stage:NEW -has:user",
        "sort": "created",
        "columns": ["name", "phone"],
        "shared": True,
        "owner": "system",
    }
    assert instance("views", "list", *account, "--json").json == [made]
    assert made["id"] in instance("views", "list", *account).out
    changed = instance("views", "update", made["id"], *account, "--name", "Later", "--columns", "", "--json").json
    assert changed == {**made, "name": "Later", "columns": []}
    again = instance("views", "create", *account, "--name", "later")
    assert (again.code, "another view has this name" in again.err) == (1, True)
    wrong = instance("views", "create", *account, "--name", "x", "--search", "stage:NEW tagg:vip")
    assert (wrong.code, "at character 11" in wrong.err) == (1, True)
    other = instance.new_account("B")
    assert instance("views", "delete", made["id"], "--account", other).code == 1
    deleted = instance("views", "delete", made["id"], *account, "--json").json
    assert deleted == {"id": made["id"], "deleted": True}
    assert instance("views", "delete", made["id"], *account).code == 1


def test_doctor_reports_views_that_nobody_can_use(instance: Instance) -> None:
    made = instance("views", "create", "--account", instance.account, "--name", "Late", "--json").json
    doctor = {check["check"]: check for check in instance("doctor", "--json").json}
    assert (doctor["saved views"]["ok"], doctor["saved views"]["detail"]) == (True, "1, all readable")

    async def break_it(store: WebhookStore) -> None:
        view = await store.saved_views.get(instance.account, made["id"])
        assert view is not None
        unreadable = structs.replace(view, search="tagg:vip")
        assert await store.saved_views.change(instance.account, view.id, lambda stored: unreadable, 9)
        nobodys = structs.replace(view, id="a" * 24, is_shared=False, owner=f"user:{'b' * 24}")
        await store.saved_views.add(nobodys, 9)

    with_store(instance.database, break_it)
    done = instance("doctor", "--json")
    assert done.code == 1
    [detail] = [check["detail"] for check in json.loads(done.out) if check["check"] == "saved views"]
    assert f"the search of the view {made['id']}" in detail and f"nobody sees the view {'a' * 24}" in detail
