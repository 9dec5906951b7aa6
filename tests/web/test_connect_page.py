"""Connect: a key for a day, programs that work as they are shown, and the lead that they send."""

import html
import re
import subprocess
import time

import httpx

from lab.databases import value
from lab.site import Site
from leadloop.core.people.roles import Role
from leadloop.web.demo import LEADS
from tests.web.pages import act, fields_of, new_owner, open_page, refuse, text_of

CURL = re.compile(r'<pre class="code" id="curl-(\w+)"[^>]*>(.*?)</pre>', re.DOTALL)


def run(command: str) -> str:
    """In a shell, as somebody who pastes it."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True).stdout


def test_the_curl_commands_of_the_page_send_the_first_lead(site: Site) -> None:
    account_id, email = new_owner(site)
    path = f"/app/{account_id}/connect"
    with site.http(site.sign_in(email)) as client:
        page = open_page(client, path)
        assert "Waiting for the first lead" in text_of(page) and "ll_live_" not in page.text
        page = client.post(f"{path}/key")
        assert page.status_code == 200 and "ll_live_" in page.text
        commands = {api: html.unescape(command) for api, command in CURL.findall(page.text)}
        assert sorted(commands) == ["expad", "leadsail"]

        assert "Lead created" in run(commands["expad"])
        text = text_of(open_page(client, f"{path}/arrival"))
        assert "Ana Souza" in text and "sent by Connect" in text and "test" not in text
        assert '"success":true' in run(commands["leadsail"]).replace(" ", "")
        assert "test" in text_of(open_page(client, f"{path}/arrival"))
        assert "ll_live_" not in open_page(client, path).text
        keys = text_of(open_page(client, f"/app/{account_id}/keys"))
        assert "Connect" in keys and "write leads" in keys and "read leads" not in keys


def test_a_test_lead_is_a_lead_like_any_other_and_marked(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        page = act(client, f"/app/{account_id}/connect/lead")
        assert "Ana Souza" in page.text and "sent by Nova Dona" in text_of(page)
        key = re.search(
            r"ll_\w+", client.post(f"/app/{account_id}/keys", data={"name": "x", "scopes": "leads:read"}).text
        )
        assert key is not None
        answer = client.get("/api/v1/changes", headers={"X-API-Key": key[0], "Accept": "application/json"})
        (change,) = answer.json()["data"]["changes"]
        assert {"/flags/isTest", "/firstName"} <= set(
            change["fields"] if isinstance(change["fields"], dict) else {field["field"] for field in change["fields"]}
        )


def test_who_may_not_make_keys_gets_the_programs_without_one(site: Site) -> None:
    with site.http(site.cookies("manager")) as client:
        page = open_page(client, f"/app/{site.account_id}/connect")
        assert "Ask an owner" in text_of(page) and "connect/key" not in page.text
        assert client.post(f"/app/{site.account_id}/connect/key").status_code == 403
    with site.http(site.cookies("agent")) as client:
        open_page(client, f"/app/{site.account_id}/connect", 403)


def test_a_form_of_another_site_makes_no_key(site: Site) -> None:
    with httpx.Client(base_url=site.url, cookies=dict(site.cookies("owner")), trust_env=False) as client:
        answer = client.post(
            f"/app/{site.account_id}/connect/key", headers={"Origin": "https://evil.example", "Accept": "text/html"}
        )
        assert answer.status_code == 403 and "ll_live_" not in answer.text


def test_a_demo_account_fills_and_is_deleted_by_its_owner_alone(site: Site) -> None:
    account_id = site.add_account("Nova Conta")
    operator = site.add_person(account_id, "Nova Dona", Role.OWNER, is_operator=True)
    with site.http(site.sign_in(operator.email)) as client:
        page = act(client, "/app/settings/demo")
        demo_id = page.url.path.split("/")[2]
        assert demo_id != account_id and "being filled" in text_of(page)
        for _ in range(600):
            page = open_page(client, f"/app/{demo_id}/connect/arrival")
            if "Inventing leads" not in page.text:
                break
            time.sleep(0.1)
        assert "Inventing leads" not in page.text and "tick ok" in page.text
        assert value(site.server.database, f"SELECT count(*) FROM leads WHERE account_id = '{demo_id}'") == LEADS
        settings = open_page(client, f"/app/{demo_id}/settings/account")
        assert fields_of(settings)["currency"] == "USD" and "Test" in text_of(settings)

        delete = f"/app/{demo_id}/settings/account/delete"
        page = refuse(client, delete, {"confirmation": "demo"})
        assert re.search(r'name="confirmation"[^>]*aria-invalid="true"', page.text)
        refuse(client, f"/app/{account_id}/settings/account/delete", {"confirmation": "Nova Conta"}, 409)
        assert "is deleted" in text_of(act(client, delete, {"confirmation": "Demo account"}))
        open_page(client, f"/app/{demo_id}/connect", 404)
        assert value(site.server.database, f"SELECT count(*) FROM leads WHERE account_id = '{demo_id}'") == 0
        open_page(client, f"/app/{account_id}/connect")


def test_only_an_operator_makes_a_demo_account(site: Site) -> None:
    for who in ("stranger", "manager"):
        with site.http(site.cookies(who)) as client:
            assert client.post("/app/settings/demo").status_code == 403
            if who == "stranger":
                assert "settings/demo" not in open_page(client, f"/app/{site.empty_id}/connect").text
