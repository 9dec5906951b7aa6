"""The key that encrypts webhook secrets can be set later and changed; secrets are lost only with the key."""

import json
from secrets import token_hex

from lab.receiver import Receiver, receiving
from lab.server import Client
from lab.webhooks import is_signed, subscribe
from tests.cli.command import PEPPER
from tests.cli.instance import Instance

OLD, NEW, ANOTHER = token_hex(32), token_hex(32), token_hex(32)
TOKEN = "t0ken-of-the-receiver"


def assert_arrives(owner: Client, receiver: Receiver, secret: str) -> None:
    lead_id = owner.new_lead()
    got = receiver.until_version(lead_id, 1)[-1]
    assert is_signed(got, secret)
    assert got.headers["x-token"] == TOKEN


def resealed(instance: Instance, keys: str) -> int:
    return int(instance("webhooks", "reseal", "--json", ENCRYPTION_KEY=keys).json["resealed"])


def webhooks_check(instance: Instance, keys: str) -> tuple[bool, str]:
    done = instance("doctor", "--json", ENCRYPTION_KEY=keys)
    [check] = [check for check in json.loads(done.out) if check["check"] == "webhooks"]
    return check["ok"], check["detail"]


def test_a_key_is_set_and_changed_and_nothing_is_lost(migrated: Instance) -> None:
    with receiving() as receiver:
        with migrated.serving() as owner:
            secret = str(subscribe(owner, receiver, headers={"X-Token": TOKEN})["secret"])
            assert_arrives(owner, receiver, secret)
        for both, after in ((OLD, OLD), (f"{NEW},{OLD}", NEW)):
            with migrated.serving(ENCRYPTION_KEY=both) as owner:
                assert_arrives(owner, receiver, secret)
                assert "1 use another one: run `leadloop webhooks reseal`" in webhooks_check(migrated, both)[1]
                assert [resealed(migrated, both) for _ in range(2)] == [1, 0]
                assert_arrives(owner, receiver, secret)
            with migrated.serving(ENCRYPTION_KEY=after) as owner:
                assert_arrives(owner, receiver, secret)
        ok, detail = webhooks_check(migrated, NEW)
        assert (ok, detail) == (True, "1, of them paused 0, disabled 0; the encryption key is set")


def test_every_secret_that_signs_is_resealed(migrated: Instance) -> None:
    with receiving() as receiver, migrated.serving(ENCRYPTION_KEY=OLD) as owner:
        endpoint = subscribe(owner, receiver, headers={"X-Token": TOKEN})
        answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/rotate")
        secrets = [str(endpoint["secret"]), str(answer.json()["data"]["secret"])]
    assert resealed(migrated, f"{NEW} {OLD}") == 1
    with receiving() as receiver, migrated.serving(ENCRYPTION_KEY=NEW) as owner:
        owner.leadsail("PATCH", f"webhooks/{endpoint['id']}", json={"url": receiver.url})
        for secret in secrets:
            assert_arrives(owner, receiver, secret)


def test_a_lost_key_is_reported(migrated: Instance) -> None:
    with receiving() as receiver, migrated.serving(ENCRYPTION_KEY=OLD) as owner:
        endpoint = subscribe(owner, receiver)
    done = migrated("webhooks", "reseal", ENCRYPTION_KEY=NEW)
    assert done.code == 1
    assert endpoint["id"] in done.err and "configure the one with id" in done.err
    assert "can be taken out" not in done.err
    ok, detail = webhooks_check(migrated, NEW)
    assert not ok and endpoint["id"] in detail
    assert not any(secret in done.out + done.err + detail for secret in (OLD, NEW, PEPPER, endpoint["secret"]))
    assert resealed(migrated, f"{ANOTHER},{OLD}") == 1


def test_the_words_say_when_the_old_key_may_go(migrated: Instance) -> None:
    done = migrated("webhooks", "reseal", ENCRYPTION_KEY=NEW)
    assert done.code == 0
    assert done.out.startswith("encrypted the secrets of 0 webhooks again")
    assert "once every process runs with this key first" in done.err
