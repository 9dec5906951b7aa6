"""The pages of API keys: a key's text is shown once, and the list, renaming and revoking do what they say."""

import re

import httpx

from lab.site import Site
from tests.web.pages import act, new_owner, open_page, refuse, text_of

KEY = re.compile(r"ll_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}")


def create(client: httpx.Client, account_id: str, **fields: str | list[str]) -> httpx.Response:
    answer = client.post(f"/app/{account_id}/keys", data={"name": "CRM bridge", "scopes": ["leads:write"]} | fields)
    assert answer.status_code == 200, text_of(answer)
    return answer


def use(site: Site, account_id: str, key: str) -> httpx.Response:
    body = {"name": "Ana Souza", "phoneNumber": "11 98765-4321"}
    with site.http() as http:
        return http.post(
            f"/v1/account/{account_id}/lead", json=body, headers={"X-API-Key": key, "Accept": "application/json"}
        )


def test_a_new_key_works_is_shown_once_and_never_again(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        created = create(client, account_id)
        (key,) = set(KEY.findall(created.text))
        assert "waiting for its first call" in text_of(created)
        assert f"LEADLOOP_KEY={key}" in created.text
        assert created.text.count("/api/v1/leads") == 1 and created.text.count(f"/v1/account/{account_id}/lead") == 1
        assert created.headers["cache-control"] == "no-store"

        assert use(site, account_id, key).status_code == 200
        key_id = key.split("_")[2]
        for path in ("keys", "keys?revoked=1", f"keys/{key_id}", f"keys/{key_id}/first-call"):
            page = open_page(client, f"/app/{account_id}/{path}")
            assert not KEY.search(page.text)
        row = text_of(open_page(client, f"/app/{account_id}/keys"))
        assert "CRM bridge" in row and "write leads" in row and "Nova Dona" in row


def test_the_page_of_a_new_key_says_when_it_was_used(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        (key,) = set(KEY.findall(create(client, account_id).text))
        path = f"/app/{account_id}/keys/{key.split('_')[2]}/first-call"
        assert "waiting for its first call" in text_of(open_page(client, path))
        assert use(site, account_id, key).status_code == 200
        for _ in range(200):  # the use is recorded in the background
            if "The key was used" in text_of(open_page(client, path)):
                return
    raise AssertionError("the use of the key is not shown")


def test_a_refused_form_comes_back_filled_with_the_problem_at_its_field(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        path = f"/app/{account_id}/keys"
        page = refuse(client, path, {"name": "", "scopes": ["leads:read", "webhooks:manage"], "ends": "30"})
        assert re.search(r'name="name"[^>]*aria-invalid="true"', page.text)
        assert re.search(r'value="webhooks:manage" checked', page.text)
        assert not re.search(r'value="leads:write" checked', page.text)
        assert re.search(r'<option value="30" selected', page.text)
        refuse(client, path, {"name": "x", "scopes": ["everything"]})
        assert "No key is in use" in text_of(open_page(client, path))


def test_revoking_needs_the_name_and_ends_the_key(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        (key,) = set(KEY.findall(create(client, account_id).text))
        path = f"/app/{account_id}/keys/{key.split('_')[2]}"
        page = refuse(client, f"{path}/revoke", {"confirmation": "crm bridge"})
        assert re.search(r'name="confirmation"[^>]*aria-invalid="true"', page.text)

        assert "renamed to & fro" not in text_of(open_page(client, f"/app/{account_id}/keys"))
        assert "renamed to & fro" in text_of(act(client, path, {"name": "renamed to & fro"}))
        said = text_of(act(client, f"{path}/revoke", {"confirmation": "renamed to & fro"}))
        assert "The key is revoked" in said and "No key is in use" in said
        assert "renamed to & fro" in text_of(open_page(client, f"/app/{account_id}/keys?revoked=1"))
        refuse(client, f"{path}/revoke", {"confirmation": "renamed to & fro"}, 409)


def test_another_accounts_key_is_not_found(site: Site) -> None:
    account_id, email = new_owner(site)
    other_id, other_email = new_owner(site)
    with site.http(site.sign_in(email)) as client, site.http(site.sign_in(other_email)) as other:
        (key,) = set(KEY.findall(create(client, account_id).text))
        path = f"/app/{other_id}/keys/{key.split('_')[2]}"
        open_page(other, path, 404)
        for action in ("", "/revoke"):
            assert other.post(path + action, data={"name": "x", "confirmation": "CRM bridge"}).status_code == 404
        assert use(site, account_id, key).status_code == 200
