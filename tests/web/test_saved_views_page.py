"""The tabs of the list of leads: what they show and count, and how people save, rename, change and delete views."""

import re
from types import SimpleNamespace

import httpx
import pytest
from msgspec import structs
from playwright.sync_api import expect

from lab.browser import NARROW, Look
from lab.site import HOSTILE, Site, now_ms
from lab.stores import with_store
from leadloop.core.catalogue import manage
from leadloop.core.people.roles import Role
from leadloop.core.reading.lists import Count
from leadloop.core.saved_views import use_cases
from leadloop.core.saved_views.model import SavedView
from leadloop.web import render
from leadloop.web.formats import Formats
from leadloop.web.lead_tabs import Tab, TabBar
from leadloop.web.queries import ListState
from leadloop.webhooks.ports import WebhookStore
from tests.web.conftest import Visit
from tests.web.pages import act, fields_of, new_owner, open_page, refuse, text_of

TAB = re.compile(
    r'<a href="([^"]*)"( aria-current="page")?[^>]*><span>(.*?)</span>(?: <span class="pill"[^>]*>(.*?)</span>)?'
)


def tabs(page: httpx.Response) -> dict[str, tuple[bool, str]]:
    """Name of each tab → whether it is the current one, and its count."""
    nav = page.text[page.text.index('<nav class="views"') :].split("</nav>")[0]
    return {name: (bool(current), count) for _, current, name, count in TAB.findall(nav)}


def save(client: httpx.Client, account_id: str, name: str, state: str = "", **more: str) -> httpx.Response:
    return act(client, f"/app/{account_id}/views", {"name": name, "state": state, **more})


def views(site: Site, account_id: str, person_id: str) -> dict[str, SavedView]:
    stored = with_store(
        site.server.database, lambda store: use_cases.visible_to(store, account_id, f"user:{person_id}")
    )
    return {view.name: view for view in stored}


def counts(client: httpx.Client, account_id: str, state: str = "") -> dict[str, str]:
    return {
        name: count for name, (_, count) in tabs(open_page(client, f"/app/{account_id}/views/counts?{state}")).items()
    }


def new_lead(site: Site, account_id: str, **members: object) -> None:
    client = site.server.client(account_id=account_id)
    client.new_lead(**members)
    client.close()


def make_salesperson(site: Site, account_id: str, person_id: str, user_id: str) -> None:
    """The person is the salesperson with this id, of the unit `n1`."""

    async def store_it(store: WebhookStore) -> None:
        await store.catalogue.manage(
            account_id, lambda catalogue: manage.create(catalogue, "units", "n1", "Centro", {}, now_ms())
        )
        await store.catalogue.manage(
            account_id,
            lambda catalogue: manage.create(catalogue, "users", user_id, "Clara", {"unit_ids": ("n1",)}, now_ms()),
        )
        await store.memberships.change(
            account_id, person_id, lambda membership, _: structs.replace(membership, catalogue_user_id=user_id)
        )

    with_store(site.server.database, store_it)


def test_what_the_list_shows_becomes_a_tab_that_can_be_changed_and_deleted(site: Site) -> None:
    account_id, email = new_owner(site)
    leads = f"/app/{account_id}/leads"
    with site.http(site.sign_in(email)) as client:
        assert tabs(open_page(client, leads)) == {"All": (True, ""), "Without salesperson": (False, "")}
        assert tabs(open_page(client, f"{leads}?q=-has:user"))["Without salesperson"] == (True, "")
        state = "q=stage:NEW%20tag:vip&sort=created&columns=phone,stage"
        form = open_page(client, f"/app/{account_id}/views/new?{state}")
        assert fields_of(form)["state"] == "q=stage:NEW%20tag:vip&sort=created&columns=phone,stage"
        page = save(client, account_id, "Late", fields_of(form)["state"])
        assert tabs(page)["Late"] == (True, "") and tabs(page)["All"] == (False, "")
        assert (page.url.params["q"], page.url.params["sort"]) == ("stage:NEW tag:vip", "created")
        view_id = page.url.params["view"]
        assert "Save the change" not in text_of(page)

        changed = open_page(client, f"{leads}?q=stage:NEW&view={view_id}")
        assert tabs(changed)["Late"] == (True, "") and "Save the change" in text_of(changed)
        page = act(client, f"/app/{account_id}/views/{view_id}/search", {"state": f"q=stage:NEW&view={view_id}"})
        assert (page.url.params["q"], page.url.params.get("sort")) == ("stage:NEW", None)

        shown = text_of(open_page(client, f"/app/{account_id}/views/{view_id}"))
        assert "stage New" in shown and "What the list shows now" not in shown
        shown = text_of(open_page(client, f"/app/{account_id}/views/{view_id}?q=tag:vip&view={view_id}"))
        assert "What the list shows now" in shown and "tag vip" in shown
        page = act(client, f"/app/{account_id}/views/{view_id}", {"name": "Later", "state": "density=dense"})
        assert tabs(page)["Later"] == (True, "") and page.url.params["density"] == "dense"

        page = act(client, f"/app/{account_id}/views/{view_id}/delete")
        assert tabs(page) == {"All": (True, ""), "Without salesperson": (False, "")}
        assert not any(
            current for current, _ in tabs(open_page(client, f"{leads}?q=stage:NEW&view={view_id}")).values()
        )
        open_page(client, f"/app/{account_id}/views/{view_id}", 404)


def test_a_refused_form_comes_back_with_what_is_wrong(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        save(client, account_id, "Late", shared="on")
        path = f"/app/{account_id}/views"
        page = refuse(client, path, {"name": "late", "state": "q=tag:vip", "shared": "on"})
        assert "another view has this name" in text_of(page)
        assert (fields_of(page)["name"], fields_of(page)["state"], fields_of(page)["shared"]) == (
            "late",
            "q=tag:vip",
            "on",
        )
        assert re.search(r'name="name"[^>]*aria-invalid="true"', refuse(client, path, {"name": " "}).text)
        assert "at character 1: no field has this name" in text_of(
            refuse(client, path, {"name": "x", "state": "q=tagg:vip"})
        )
        assert set(tabs(open_page(client, f"/app/{account_id}/leads"))) == {"All", "Without salesperson", "Late"}


def test_who_may_share_and_who_sees_what(site: Site) -> None:
    account_id, email = new_owner(site)
    agent, manager = site.add_person(account_id, "Ana", Role.AGENT), site.add_person(account_id, "Mel", Role.MANAGER)
    leads = f"/app/{account_id}/leads"
    with (
        site.http(site.sign_in(email)) as owner,
        site.http(site.sign_in(agent.email)) as anas,
        site.http(site.sign_in(manager.email)) as mels,
    ):
        save(owner, account_id, "Ours", "q=stage:NEW", shared="on")
        save(owner, account_id, "Owner's")
        save(anas, account_id, "Ana's", "q=user:x")
        stored = views(site, account_id, agent.id)
        ours, own = (f"/app/{account_id}/views/{stored[name].id}" for name in ("Ours", "Ana's"))
        usual = ["All", "Without salesperson"]
        assert list(tabs(open_page(anas, leads))) == [*usual, "Ours", "Ana&#39;s"]
        assert list(tabs(open_page(mels, leads))) == [*usual, "Ours"]
        assert list(tabs(open_page(owner, leads))) == [*usual, "Ours", "Owner&#39;s"]

        assert 'name="shared"' not in open_page(anas, f"/app/{account_id}/views/new").text
        refuse(anas, f"/app/{account_id}/views", {"name": "x", "shared": "on"})
        open_page(anas, ours, 403)
        assert "pencil" not in open_page(anas, f"{leads}?view={stored['Ours'].id}").text
        for action, fields in (("", {"name": "x"}), ("/search", {"state": "q=x"}), ("/delete", {})):
            assert anas.post(ours + action, data=fields).status_code == 403
            assert owner.post(own + action, data=fields).status_code == 404
        open_page(mels, own, 404)

        shown = open_page(mels, ours)
        assert "Shared by Nova Dona" in text_of(shown) and 'name="shared"' not in shown.text
        act(mels, ours, {"name": "Ours, too"})
        assert "Ours, too" in tabs(open_page(anas, leads))
        act(owner, ours, {"name": "Mine again"})
        assert list(tabs(open_page(anas, leads))) == [*usual, "Ana&#39;s"]


def test_another_accounts_view_is_not_found(site: Site) -> None:
    account_id, email = new_owner(site)
    other_id, other_email = new_owner(site)
    with site.http(site.sign_in(email)) as client, site.http(site.sign_in(other_email)) as other:
        view_id = save(client, account_id, "Ours", shared="on").url.params["view"]
        path = f"/app/{other_id}/views/{view_id}"
        open_page(other, path, 404)
        for action in ("", "/search", "/delete"):
            assert other.post(path + action, data={"name": "x"}).status_code == 404
        assert "Ours" not in open_page(other, f"/app/{other_id}/leads?view={view_id}").text
        assert "Ours" not in open_page(other, f"/app/{other_id}/views/counts?view={view_id}").text
        assert "Ours" in tabs(open_page(client, f"/app/{account_id}/leads"))


def test_counts_are_of_the_leads_that_the_person_sees(site: Site) -> None:
    account_id = site.add_account("Estrela", agents_see_own=True)
    agent, owner = site.add_person(account_id, "Clara", Role.AGENT), site.add_person(account_id, "Eva", Role.OWNER)
    make_salesperson(site, account_id, agent.id, "u1")
    for user, unit, stage in (("u1", "n1", "NEW"), ("u1", "n2", "LOST"), ("u2", "n1", "NEW"), ("", "n1", "NEW")):
        owned = {"leadAttributionUser": {"id": user}} if user else {}
        new_lead(site, account_id, name="Lead", unit={"id": unit}, status=stage, **owned)
    new_lead(site, account_id, name="Lead", unit={"id": "n2"})
    with site.http(site.sign_in(owner.email)) as client:
        save(client, account_id, "New ones", "q=stage:NEW", shared="on")
        somebodys = {"name": "Somebody's", "state": "q=user:me", "shared": "on"}
        assert client.post(f"/app/{account_id}/views", data=somebodys).status_code == 303
        assert counts(client, account_id) == {
            "All": "5",
            "Without salesperson": "2",
            "New ones": "4",
            "Somebody&#39;s": "",
        }
    with site.http(site.sign_in(agent.email)) as client:
        wanted = {"All": "3", "Mine, open": "1", "Without salesperson": "1", "New ones": "2", "Somebody&#39;s": "2"}
        assert counts(client, account_id) == wanted
        assert counts(client, account_id, "q=tag:%22&density=dense").keys() == wanted.keys(), "with a wrong query"


def test_a_great_number_is_not_counted_to_its_end() -> None:
    state = ListState()
    tab = Tab(title="All", state=state, is_current=True, count=Count(10_000, exact=False))
    template = render._environment("en").get_template("leads/_tabs.html")
    text = template.render(
        bar=TabBar([tab], None, is_changed=False, may_change=False),
        state=state,
        has_counts=True,
        visitor=SimpleNamespace(account=SimpleNamespace(id="a" * 24)),
        format=Formats("en", "UTC", 0),
        static=str,
        nonce="n",
    )
    assert "over 10,000" in text


@pytest.mark.slow
def test_counts_come_after_the_page_and_names_harm_nothing(look_site: Site, visit: Visit) -> None:
    account_id = look_site.account_id
    name = HOSTILE.replace("\u202e", "")
    with look_site.http(look_site.sign_in(look_site.visitors["manager"].email)) as client:
        save(client, account_id, name, "q=stage:NEW")
        for number in range(8):
            save(client, account_id, f"View number {number}")
        stored = views(look_site, account_id, look_site.visitors["manager"].id)
        last = f"/app/{account_id}/leads?view={stored['View number 7'].id}"
    with visit(look_site, "manager", Look(width=NARROW)) as page:
        page.goto(last)
        nav = page.locator("#views")
        expect(nav.locator("a", has_text="All").locator(".pill")).to_have_text(re.compile(r"\d+"))
        expect(nav).not_to_have_attribute("hx-get", re.compile("."))
        assert nav.locator("a[title]").first.get_attribute("title") == name
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
        assert nav.evaluate("nav => nav.scrollWidth > nav.clientWidth")
        assert nav.locator("a[aria-current]").bounding_box()["x"] < NARROW, "the current tab is in sight"  # type: ignore[index]
        nav.locator("a", has_text="View number 3").click()
        expect(page.locator("#views a[aria-current]")).to_contain_text("View number 3")
    with visit(look_site, "manager", Look(has_scripts=False)) as page:
        page.goto(last)
        assert page.locator("#views .pill").count() == 0
        page.get_by_role("link", name="Save as a view").click()
        page.get_by_label("Name").fill("Without scripts")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#views a[aria-current]")).to_contain_text("Without scripts")
        page.get_by_role("link", name="Edit the view Without scripts").click()
        page.get_by_role("button", name="Delete the view").click()
        expect(page.locator("#views a", has_text="Without scripts")).to_have_count(0)
