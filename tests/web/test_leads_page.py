"""The list of leads over HTTP: what its address says, its pages by cursor, its count, and its rows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from msgspec import structs

from lab.server import Client
from lab.site import Site, now_ms
from lab.stores import with_store
from leadloop.core.office_hours import DAYS
from leadloop.core.people.roles import Role
from leadloop.web.queries import COLUMNS, DEFAULT_COLUMNS
from tests.web.pages import open_page, text_of

HOUR_MS = 3_600_000
NEXT, PREVIOUS = 'rel="next"', 'rel="prev"'


class Account:
    """An account of its own, its owner's browser and a key."""

    def __init__(self, site: Site, http: httpx.Client, client: Client) -> None:
        self.site = site
        self.id = client.account_id
        self.http = http
        self.client = client
        self.path = f"/app/{self.id}/leads"

    def open(self, query: str = "", status: int = 200) -> httpx.Response:
        return open_page(self.http, f"{self.path}{query}", status)

    def set(self, **options: Any) -> None:
        def change(store: Any) -> Any:
            return store.accounts.change(self.id, lambda account: structs.replace(account, **options))

        with_store(self.site.server.database, change)


@contextmanager
def new_account(site: Site, **options: Any) -> Iterator[Account]:
    account_id = site.add_account("Lista", **options)
    owner = site.add_person(account_id, "Lia Lemos", Role.OWNER)
    client = site.server.client(account_id=account_id)
    with site.http(site.sign_in(owner.email)) as http:
        yield Account(site, http, client)
    client.close()


@pytest.fixture
def account(site: Site) -> Iterator[Account]:
    with new_account(site, currency="BRL", time_zone="America/Sao_Paulo") as account:
        yield account


def ids(page: httpx.Response) -> list[str]:
    return re.findall(r'<tr role="row" id="l-([0-9a-f]{24})"', page.text)


def link(page: httpx.Response, rel: str) -> str | None:
    match = re.search(rf'<a class="btn" {rel} href="([^"]+)"', page.text)
    return match and match[1].replace("&amp;", "&")


def headings(page: httpx.Response) -> list[str]:
    found = re.findall(r'<th scope="col" role="columnheader"[^>]*>(?:<a[^>]*>)?([^<]+)', page.text)
    return [text.strip() for text in found]


def test_pages_by_cursor_show_every_lead_once_and_lead_back(account: Account) -> None:
    account.site.server.run("demo", "--account", account.id, "--count", "130")
    for sort in ("-date", "date", "-created", "created"):
        pages = [account.open(f"?sort={sort}")]
        while (following := link(pages[-1], NEXT)) is not None:
            pages.append(open_page(account.http, following))
        shown = [lead_id for page in pages for lead_id in ids(page)]
        assert len(pages) == 3 and len(set(shown)) == len(shown) > 100
        assert link(pages[0], PREVIOUS) is None
        back = [pages[-1]]
        while (previous := link(back[-1], PREVIOUS)) is not None:
            back.append(open_page(account.http, previous))
        assert [ids(page) for page in reversed(back)] == [ids(page) for page in pages]
    assert ids(account.open("?sort=created")) == list(reversed(shown))[::-1][:50]


def test_a_page_before_the_first_full_one_is_the_first(account: Account) -> None:
    account.site.server.run("demo", "--account", account.id, "--count", "60")
    first = account.open()
    second = open_page(account.http, link(first, NEXT) or "")
    tenth = ids(first)[9]
    at = re.search(rf"cursor=a(-?\d+)-{ids(first)[-1]}", first.text)
    assert at is not None
    early = account.open(f"?cursor=b{at[1]}-{tenth}")
    assert ids(early) == ids(first)
    assert ids(open_page(account.http, link(second, PREVIOUS) or "")) == ids(first)


@pytest.mark.parametrize(
    "query", ["?cursor=x", "?cursor=a1-", "?sort=name", "?columns=zzz", "?density=huge", "?view=1", "?q=", "?zzz=1"]
)
def test_whatever_an_address_says_the_list_opens(account: Account, query: str) -> None:
    lead_id = account.client.new_lead(name="Ana")
    assert ids(account.open(query)) == [lead_id]


def test_columns_are_those_of_the_address_in_its_order(account: Account) -> None:
    account.client.new_lead(name="Ana")
    assert len(headings(account.open())) == len(DEFAULT_COLUMNS) + 1
    assert headings(account.open("?columns=unit,stage,unit")) == ["Lead", "Unit", "Stage"]
    assert headings(account.open("?columns=none")) == ["Lead"]
    assert len(headings(account.open("?columns=" + ",".join(COLUMNS)))) == len(COLUMNS) + 1


def test_the_form_of_columns_leads_to_a_short_address(account: Account) -> None:
    form = "?q=ana&columns=none&columns=phone&columns=stage&sort=-date&density=dense&view="
    answer = account.http.get(account.path + form)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{account.path}?q=ana&columns=phone,stage&density=dense"
    moved = account.http.get(account.path + form + "&up=stage").headers["location"]
    assert moved == f"{account.path}?q=ana&columns=stage,phone&density=dense&choose=1"
    assert '<details class="display" open>' in open_page(account.http, moved).text
    everything = "?columns=none" + "".join(f"&columns={column}" for column in DEFAULT_COLUMNS)
    assert account.http.get(account.path + everything).headers["location"] == account.path


def test_a_row_shows_its_lead(account: Account) -> None:
    account.client.new_lead(
        name="Ana Souza",
        email="ana@example.com",
        phoneNumber="11987654321",
        status="Visita",
        saleValue=1250.5,
        source="WHATSAPP",
        leadAttributionUser={"userName": "Breno Lima"},
        tags=[{"name": "vip", "color": "#16a34a"}, {"name": "frio", "color": "url(//x)"}],
    )
    page = account.open()
    text = text_of(page)
    for shown in ("Ana Souza", "ana@example.com", "(11) 98765-4321", "Visita", "WhatsApp", "Breno Lima", "R$1,250.50"):
        assert shown in text, shown
    assert (
        'href="tel:+5511987654321"' in page.text and 'href="https://wa.me/5511987654321" rel="noreferrer"' in page.text
    )
    assert 'fill="#16a34a"' in page.text and "url(" not in page.text


def test_the_next_step_is_the_first_that_is_due_and_open(account: Account) -> None:
    at_ms = now_ms()
    account.client.new_lead(
        name="Ana",
        activities=[
            {"id": "a", "name": "Done", "dueAt": at_ms - 9 * HOUR_MS, "isComplete": True},
            {"id": "b", "name": "Later", "dueAt": at_ms + 9 * HOUR_MS},
            {"id": "c", "name": "Call back", "dueAt": at_ms - 2 * HOUR_MS},
            {"id": "d", "name": "Sometime"},
        ],
    )
    text = text_of(account.open())
    assert "Late: 2 hr. ago" in text and "Call back" in text and "Later" not in text and "Done" not in text


def test_a_lead_waits_until_somebody_contacts_it(account: Account) -> None:
    lead_id = account.client.new_lead(name="Ana", leadDate=now_ms() - 3 * HOUR_MS)
    assert "waiting 3 hr" in text_of(account.open())
    account.set(contact_goal_minutes=60)
    assert "Late: waiting 3 hr" in text_of(account.open())
    account.set(contact_goal_minutes=60 * 24)
    assert "Late" not in text_of(account.open())
    account.client.patch(lead_id, {"status": "ACTIVE"})
    assert "waiting" not in text_of(account.open())


def test_it_waits_in_office_hours(account: Account) -> None:
    """An office that is open an hour a day: three days are three hours."""
    hour = {day: [("03:00", "04:00")] for day in DAYS}
    account.set(office_hours=hour, contact_goal_minutes=240, time_zone="UTC")
    account.client.new_lead(name="Ana", leadDate=now_ms() - 72 * HOUR_MS)
    assert "waiting 3 hr" in text_of(account.open())
    account.set(contact_goal_minutes=120)
    assert "Late: waiting 3 hr" in text_of(account.open())


def test_the_count_loads_after_the_page(account: Account) -> None:
    for name in ("Ana Souza", "Ana Lima", "Breno"):
        account.client.new_lead(name=name)
    assert text_of(account.open("/count")).strip() == "3"
    assert text_of(account.open("/count?q=ana")).strip() == "2"
    account.open("/count?q=zzz:1", 400)


def test_a_mistake_in_the_query_is_said_and_no_row_is_shown(account: Account) -> None:
    account.client.new_lead(name="Ana")
    page = account.open("?q=unti:Centro", 422)
    assert ids(page) == [] and 'value="unti:Centro"' in page.text and "unit" in text_of(page)


def test_changed_rows_come_again_only_if_they_match(account: Account) -> None:
    since = now_ms() - 5
    ana = account.client.new_lead(name="Ana Souza")
    breno = account.client.new_lead(name="Breno")
    page = account.open(f"/rows?q=ana&since={since}&ids=l-{ana},l-{breno},l-{'0' * 24},nonsense")
    assert ids(page) == [ana]
    assert f'hx-target="#l-{ana}"' in page.text
    for gone in (breno, "0" * 24):
        assert f'hx-target="#l-{gone} &gt; .acts"' in page.text
    assert "1 new lead" in text_of(page) and "Breno" not in page.text
    assert ids(account.open("/rows?ids=")) == [] and "new lead" not in text_of(account.open("/rows?ids="))
    account.open("/rows?q=unti:1&ids=l-" + ana)


def test_rows_of_another_account_do_not_come(account: Account, site: Site) -> None:
    with new_account(site) as other:
        lead_id = other.client.new_lead(name="Secret")
    page = account.open(f"/rows?since=0&ids=l-{lead_id}")
    assert ids(page) == [] and "Secret" not in page.text
    open_page(account.http, f"/app/{other.id}/leads", 404)


def test_who_begins_and_where(account: Account, site: Site) -> None:
    """An account without leads begins with Connect for whoever may connect, else with the list."""
    agent = site.add_person(account.id, "Clara", Role.AGENT)
    start = f"/app/{account.id}"
    assert account.http.get(start).headers["location"] == f"{start}/connect"
    with site.http(site.sign_in(agent.email)) as http:
        assert http.get(start).headers["location"] == f"{start}/leads"
        assert "There are no leads yet." in text_of(open_page(http, f"{start}/leads"))
        account.client.new_lead(name="Ana")
        assert account.http.get(start).headers["location"] == f"{start}/leads"


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Tokyo"])
def test_leads_of_the_first_and_the_last_hour_of_all_years_are_shown(account: Account, zone: str) -> None:
    account.set(time_zone=zone, office_hours={"monday": (("09:00", "18:00"),)})
    for at_ms in (-62_135_596_800_000, 253_402_300_799_999):
        task = {"id": "a1", "name": "Ligar", "dueDate": at_ms}
        lead_id = account.client.new_lead(name="Ana", leadDate=at_ms, activities=[task])
        assert "Ana" in text_of(open_page(account.http, f"{account.path}/{lead_id}"))
    assert len(ids(account.open("?sort=date&columns=arrived,next"))) == 2
    answer = account.http.post(f"{account.path}/export", data={"list": "columns=arrived,next"})
    assert answer.text.count("Ana") == 2
