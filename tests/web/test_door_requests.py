"""What the door lets in: forms of our own pages, paths of our own, and nothing larger than a form."""

from collections.abc import AsyncIterator

import pytest
from starlette.responses import Response

from lab.door import HOST, open_door
from lab.site import PASSWORD
from leadloop.settings import BadSettings, Settings
from leadloop.web import routes, site
from leadloop.web.door import FORM_BYTES, FORM_TYPE, RECENT_MS, safe_path
from leadloop.web.render import page
from leadloop.web.routes import PAGES, Needs, PageRoute
from leadloop.web.visit import Visit

HOSTILE_PATHS = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/app",
    "/app\\..\\evil",
    "/app\r\nSet-Cookie: a=b",
    "/appevil.example",
    "/app.evil.example",
    "javascript:alert(1)",
    "\t/app",
    "/ app",
    "",
    "/",
    "app",
    "/app/\u202e",
    "/app/ü",
]


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_no_redirect_leaves_the_dashboard(path: str) -> None:
    assert safe_path(path) == "/app"


@pytest.mark.parametrize("path", ["/app", "/app/a/leads?q=x&sort=-created", "/app/%C3%BC", "/app?x=1"])
def test_a_path_of_the_dashboard_is_kept(path: str) -> None:
    assert safe_path(path) == path


async def test_after_signing_in_the_visitor_is_back_on_the_page(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account()
        person = await door.add_person(account.id)
        browser = door.browser()
        wanted = f"/app/{account.id}?a=1&b=%C3%BC"
        answer = await browser.get(wanted)
        form = answer.headers["location"]
        assert answer.status_code == 303
        answer = await browser.post(form, data={"email": person.email, "password": PASSWORD})
        assert answer.headers["location"] == wanted
        evil = await door.browser().post(
            "/app/sign-in?next=//evil.example/app", data={"email": person.email, "password": PASSWORD}
        )
        assert evil.headers["location"] == "/app"


SAME = f"http://{HOST}"
OURS = [
    {"sec_fetch_site": "same-origin", "origin": SAME},
    {"sec_fetch_site": "same-origin", "origin": ""},
    {"sec_fetch_site": "", "origin": SAME},
    {"sec_fetch_site": "", "origin": SAME.upper()},
]
THEIRS = [
    {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
    {"sec_fetch_site": "cross-site", "origin": SAME},
    {"sec_fetch_site": "same-site", "origin": SAME},
    {"sec_fetch_site": "none", "origin": SAME},
    {"sec_fetch_site": "", "origin": "https://evil.example"},
    {"sec_fetch_site": "", "origin": "null"},
    {"sec_fetch_site": "", "origin": f"https://{HOST}"},
    {"sec_fetch_site": "", "origin": f"{SAME}.evil.example"},
    {"sec_fetch_site": "", "origin": ""},
]


async def test_only_forms_of_our_pages_count(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await door.add_person((await door.add_account()).id)
        for headers, is_ours in [(row, True) for row in OURS] + [(row, False) for row in THEIRS]:
            browser = door.browser(**headers)
            for name, value in headers.items():
                if not value:
                    del browser.headers[name.replace("_", "-")]
            answer = await browser.post("/app/sign-in", data={"email": person.email, "password": PASSWORD})
            assert answer.status_code == (303 if is_ours else 403), headers
            assert ("leadloop" in browser.cookies) == is_ours
            assert (await browser.get("/app/sign-in")).status_code in (200, 303)


async def test_who_has_to_sign_in_comes_back_to_the_page(door_database: str) -> None:
    """A link leads back to itself, a form to its page; htmx opens the form as a whole page."""
    async with open_door(door_database) as door:
        account = await door.add_account()
        keys, form = f"/app/{account.id}/keys", f"/app/sign-in?next=/app/{account.id}/keys"
        browser = door.browser(referer=f"{SAME}{keys}")
        assert (await browser.get(keys)).headers["location"] == form
        assert (await browser.post(f"{keys}/x/revoke")).headers["location"] == form
        htmx = {"hx-request": "true", "hx-current-url": f"{SAME}{keys}"}
        answer = await browser.get(f"{keys}/x/first-call", headers=htmx)
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, form)
        strange = await browser.post(f"{keys}/x/revoke", headers={"referer": "https://evil.example//x"})
        assert strange.headers["location"] == "/app/sign-in?next=/app"


async def test_a_form_by_the_public_url_counts_whatever_the_host_field_says(door_database: str) -> None:
    async with open_door(door_database, Settings(public_url="https://leads.example.com/")) as door:
        person = await door.add_person((await door.add_account()).id)
        for origin, status in (("https://leads.example.com", 303), (f"http://{HOST}", 403)):
            browser = door.browser(origin=origin)
            del browser.headers["sec-fetch-site"]
            answer = await browser.post("/app/sign-in", data={"email": person.email, "password": PASSWORD})
            assert answer.status_code == status


async def test_a_stream_is_opened_by_our_pages_alone(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account()
        person = await door.add_person(account.id)
        browser = door.browser()
        await browser.post("/app/sign-in", data={"email": person.email, "password": PASSWORD})
        del browser.headers["origin"]
        for headers, status in (
            ({"sec-fetch-site": "cross-site"}, 403),
            ({"sec-fetch-site": "same-site", "hx-request": "true"}, 403),
            ({"sec-fetch-site": "same-origin"}, 200),
        ):
            browser.headers.update(headers)
            assert (await browser.head(f"/app/{account.id}/events")).status_code == status
        del browser.headers["sec-fetch-site"], browser.headers["hx-request"]
        assert (await browser.head(f"/app/{account.id}/events")).status_code == 403
        assert (await browser.head(f"/app/{account.id}/events", headers={"hx-request": "true"})).status_code == 200


async def test_forms_are_urlencoded_and_small(door_database: str) -> None:
    async with open_door(door_database) as door:
        browser = door.browser()
        large = await browser.post("/app/sign-in", data={"email": "x" * FORM_BYTES, "password": "y"})
        chunked = await browser.post("/app/sign-in", content=_pieces(), headers={"content-type": FORM_TYPE})
        json = await browser.post("/app/sign-in", json={"email": "a@example.com", "password": "y"})
        parts = await browser.post("/app/sign-in", files={"email": b"a@example.com"})
        malformed = await browser.post("/app/sign-in", content=b"email=%ff", headers={"content-type": FORM_TYPE})
        many = await browser.post("/app/sign-in", content=b"a&" * 1001, headers={"content-type": FORM_TYPE})
        answers = (large, chunked, json, parts, malformed, many)
        assert [answer.status_code for answer in answers] == [413, 413, 415, 415, 400, 400]
        assert all("<h1>" in answer.text for answer in answers)


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(20):
        yield b"x" * 8000


async def test_unknown_paths_and_methods_get_pages_in_both_languages(door_database: str) -> None:
    async with open_door(door_database) as door:
        for language, missing, method in (
            ("en", "There is no such page", "allows only"),
            ("pt-BR,en;q=0.5", "Esta página não existe", "só aceita"),
        ):
            browser = door.browser(accept_language=language)
            answer = await browser.get("/app/nothing/here")
            assert (answer.status_code, missing in answer.text) == (404, True)
            answer = await browser.put("/app/sign-in")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
            assert f'lang="{language[:5].rstrip(",")}"' in answer.text and method in answer.text
            head = await browser.head("/app/sign-in")
            assert head.status_code == 200


async def test_what_is_dangerous_asks_for_the_password_again_and_keeps_what_was_typed(
    door_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[list[str]] = []

    async def act(visit: Visit) -> Response:
        done.append(visit.form.all("scopes"))
        return page(visit, "start/accounts.html")

    row = PageRoute("POST", "/app/danger", Needs.PERSON, act, is_dangerous=True)
    monkeypatch.setattr(site, "PAGES", [*routes.PAGES, row])
    async with open_door(door_database) as door:
        person = await door.add_person((await door.add_account()).id)
        browser = door.browser()
        await browser.post("/app/sign-in", data={"email": person.email, "password": PASSWORD})
        fields = {"scopes": ["leads:read", "<b>"], "name": "n"}
        assert (await browser.post("/app/danger", data=fields)).status_code == 200
        door.pass_ms(RECENT_MS)
        answer = await browser.post("/app/danger", data=fields)
        assert answer.status_code == 403
        assert 'name="scopes" value="&lt;b&gt;"' in answer.text and 'name="_password"' in answer.text
        answer = await browser.post("/app/danger", data=fields | {"_password": "wrong password"})
        assert answer.status_code == 403 and "wrong password" not in answer.text
        assert len(done) == 1
        before = browser.cookies["leadloop"]
        answer = await browser.post("/app/danger", data=fields | {"_password": PASSWORD})
        assert answer.status_code == 200
        assert browser.cookies["leadloop"] != before
        assert done == [["leads:read", "<b>"]] * 2
        assert (await browser.get("/app")).headers["location"] != "/app/sign-in"


def test_dangerous_rows_are_forms() -> None:
    assert all(row.method == "POST" for row in PAGES if row.is_dangerous)


@pytest.mark.parametrize("url", ["leads.example.com", "ftp://x", "https://a/b", "https://u:p@host", "https://"])
def test_a_public_url_is_scheme_and_host(url: str) -> None:
    with pytest.raises(BadSettings):
        Settings(public_url=url)


@pytest.mark.parametrize("networks", ["proxy", "10.0.0.0/8;x", "10.0.0.1/8"])
def test_trusted_proxies_are_addresses_and_networks(networks: str) -> None:
    with pytest.raises(BadSettings):
        Settings(trusted_proxies=networks)
