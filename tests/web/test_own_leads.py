"""Every page that shows leads, for agents who see their own leads only: of others not a name, an id or a number.

Each row of the table of pages that an agent may open has a check here, or shows no leads; a new row without one fails.
A check runs for the agent, for an agent who is no salesperson, and for a manager, who sees everything: that shows that
it would notice something.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

import httpx
import pytest

from lab.pages import add_session
from lab.site import Site, now_ms
from lab.stores import with_store
from leadloop.core.ids import new_id
from leadloop.core.leads.model import Lead
from leadloop.core.people.roles import ROLE_SCOPES, Role
from leadloop.web.lead_tabs import ALL, MINE, UNOWNED
from leadloop.web.routes import PAGES
from leadloop.webhooks.ports import WebhookStore
from tests.support.own_leads import AGENT, OTHER, OwnAccount, add_leads, make_agent
from tests.web.pages import text_of

PHONE = "+55 11 98765-4321"
READERS = ("agent", "nobody", "manager")


class Reader(NamedTuple):
    """Somebody who reads pages of the account."""

    who: str
    http: httpx.Client
    account_id: str
    visible: Sequence[Lead]
    hidden: Sequence[Lead]

    @property
    def listed(self) -> list[str]:
        """The names of the visible leads that are not deleted."""
        return sorted(lead.name or "" for lead in self.visible if "deleted" not in (lead.name or ""))

    def get(self, path: str, status: int = 200, *, echoed: str = "") -> httpx.Response:
        """A page that shows nothing of hidden leads. `echoed` is what the answer repeats of the request."""
        answer = self.http.get(f"/app/{self.account_id}{path}")
        assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
        text = html.unescape(answer.text).replace(echoed, "") if echoed else html.unescape(answer.text)
        shown = [lead.name for lead in self.hidden if lead.id in text or (lead.name or "-") in text]
        assert shown == [], path
        return answer

    def names(self, path: str, *, echoed: str = "") -> list[str]:
        """The names of leads that the page shows, in order of their names."""
        text = self.get(path, echoed=echoed).text
        return sorted(lead.name or "" for lead in self.visible if (lead.name or "-") in html.unescape(text))

    def numbers(self, path: str) -> list[int]:
        return [int(text) for text in re.findall(r"\d+", text_of(self.get(path)))]


Check = Callable[[Reader], None]
CHECKS: dict[str, Check] = {}
NO_LEADS = {
    "/app/{account}/views",
    "/app/{account}/views/new",
    "/app/{account}/views/{view_id}",
    "/app/{account}/views/{view_id}/delete",
    "/app/{account}/views/{view_id}/search",
}
"""Forms of saved views."""
TESTED_ELSEWHERE = {"/app/{account}/events": "test_own_events.py"}
FOR_AGENTS = sorted({row.path for row in PAGES if "{account}" in row.path and row.needs in ROLE_SCOPES[Role.AGENT]})


def checks(path: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        CHECKS[f"/app/{{account}}{path}"] = check
        return check

    return add


class Cast(NamedTuple):
    site: Site
    account_id: str
    leads: OwnAccount
    cookies: Mapping[str, dict[str, str]]


@pytest.fixture(scope="module")
def cast(engine: str, sites: Callable[[str], Site]) -> Cast:
    site = sites(engine)
    account_id = site.add_account("Estrela", agents_see_own=True)
    people = {
        who: site.add_person(account_id, who, Role.MANAGER if who == "manager" else Role.AGENT) for who in READERS
    }

    async def fill(store: WebhookStore) -> Cast:
        await make_agent(store, account_id, people["agent"].id, now_ms())
        leads = await add_leads(store, account_id, now_ms(), phone=PHONE)
        cookies = {who: await add_session(store, person.id) for who, person in people.items()}
        return Cast(site, account_id, leads, cookies)

    return with_store(site.server.database, fill)


@pytest.fixture(params=READERS)
def reader(cast: Cast, request: pytest.FixtureRequest) -> Iterator[Reader]:
    who = request.param
    shown, hidden = [*cast.leads.shown.values()], [*cast.leads.hidden.values()]
    visible = {"agent": shown, "nobody": [], "manager": [*shown, *hidden]}[who]
    invisible = {"agent": hidden, "nobody": [*shown, *hidden], "manager": []}[who]
    with cast.site.http(cast.cookies[who]) as http:
        yield Reader(who, http, cast.account_id, visible, invisible)


def test_every_page_that_agents_may_open_is_checked() -> None:
    assert sorted([*CHECKS, *NO_LEADS, *TESTED_ELSEWHERE]) == FOR_AGENTS


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.removeprefix("/app/{account}") or "start")
def test_a_page_shows_only_what_its_reader_sees(reader: Reader, path: str) -> None:
    CHECKS[path](reader)


@checks("")
def check_start(reader: Reader) -> None:
    answer = reader.get("", 303)
    assert answer.headers["location"] == f"/app/{reader.account_id}/leads"


@checks("/leads")
def check_list(reader: Reader) -> None:
    for query in (
        "",
        "sort=date",
        "sort=-created",
        "q=" + quote(f'phone:"{PHONE}"'),
        "q=-tag:none",
        "columns=campaign",
    ):
        assert reader.names(f"/leads?{query}") == reader.listed, query
    mine = [name for name in reader.listed if name == "Shown mine"]
    assert reader.names("/leads?q=" + quote(f'user:"{AGENT.name}"')) == mine
    for query in (f'user:"{OTHER.name}"', "hidden", "-has:user -has:unit"):
        assert [name for name in reader.names(f"/leads?q={quote(query)}") if name.startswith("Shown")] == []
    for lead in reader.hidden:
        assert reader.names(f"/leads?q={lead.id}", echoed=lead.id) == []
        cursor = f"b{lead.lead_date_ms}-{lead.id}"
        assert set(reader.names(f"/leads?cursor={cursor}", echoed=lead.id)) <= set(reader.listed)


@checks("/leads/rows")
def check_rows(reader: Reader) -> None:
    for lead in (*reader.visible, *reader.hidden):
        shown = [name for name in reader.listed if name == lead.name]
        assert reader.names(f"/leads/rows?ids=l-{lead.id}", echoed=lead.id) == shown
    unknown, *rest = (
        reader.get(f"/leads/rows?ids=l-{lead_id}", echoed=lead_id).text.replace(lead_id, "")
        for lead_id in (new_id(now_ms()), *(lead.id for lead in reader.hidden))
    )
    assert {without_nonce(text) for text in rest} <= {without_nonce(unknown)}
    fresh = reader.numbers("/leads/rows?ids=&since=0")
    assert fresh == [len(reader.listed)] if reader.listed else fresh == []


@checks("/leads/count")
def check_count(reader: Reader) -> None:
    assert reader.numbers("/leads/count") == [len(reader.listed)]
    assert reader.numbers("/leads/count?q=hidden") == [sum(name.startswith("Hidden") for name in reader.listed)]
    assert reader.numbers("/leads/count?q=shown") == [sum(name.startswith("Shown") for name in reader.listed)]


@checks("/leads/complete")
def check_completion(reader: Reader) -> None:
    """Values that only leads have: the catalogue is everybody's."""
    text = 'campaign:"campaign'
    assert reader.names(f"/leads/complete?q={quote(text)}&at={len(text)}") == reader.listed


@checks("/leads/without")
def check_removals(reader: Reader) -> None:
    query = quote(f'stage:LOST phone:"{PHONE}"')
    answer, total = reader.get(f"/leads/without?q={query}"), len(reader.listed)
    assert set(re.findall(r"None of (\d+) leads", text_of(answer))) <= {str(total)}  # what takes long is left out
    assert {int(number) for number in re.findall(r'class="pill">(\d+)', answer.text)} <= {total, 0}


@checks("/leads/{lead_id}")
def check_lead(reader: Reader) -> None:
    for from_list in ("", "?from=", "?from=sort%3Dcreated", "?open=raw", "?open=why", "?show=all", "?asOf=1"):
        for lead in reader.visible:
            others = reader.names(f"/leads/{lead.id}{from_list}")
            assert lead.name in others
            if "asOf" not in from_list:
                assert set(others) == {*reader.listed, lead.name}
    check_unseen(reader, "", "?asOf=1", "?from=", "?open=raw")


@checks("/leads/{lead_id}/facts")
def check_facts(reader: Reader) -> None:
    for lead in reader.visible:
        assert set(reader.names(f"/leads/{lead.id}/facts")) == {*reader.listed, lead.name}
    check_unseen(reader, "/facts")


@checks("/leads/{lead_id}/raw")
def check_raw(reader: Reader) -> None:
    for lead in reader.visible:
        assert reader.names(f"/leads/{lead.id}/raw") == [lead.name]
    check_unseen(reader, "/raw", "/raw?asOf=1")


@checks("/leads/{lead_id}/why")
def check_reason(reader: Reader) -> None:
    for lead in reader.visible:
        reader.get(f"/leads/{lead.id}/why")
    check_unseen(reader, "/why")


@checks("/leads/{lead_id}/timeline")
def check_timeline(reader: Reader) -> None:
    for lead in reader.visible:
        assert len(text_of(reader.get(f"/leads/{lead.id}/timeline"))) > 50
    check_unseen(reader, "/timeline", "/timeline?show=changes", "/timeline?since=1", "/timeline?before=9")


@checks("/palette")
def check_palette(reader: Reader) -> None:
    assert reader.names("/palette?q=11987654321") == reader.listed
    for prefix in ("hidden", "shown"):
        found = reader.names(f"/palette?q={prefix}")
        assert found == [name for name in reader.listed if name.lower().startswith(prefix)]
    for lead in reader.hidden:
        assert reader.names(f"/palette?q={lead.id}") == []


@checks("/unread")
def check_unread(reader: Reader) -> None:
    assert reader.get("/unread?since=0").json() == {"count": len(reader.listed)}


@checks("/views/counts")
def check_tabs(reader: Reader) -> None:
    shown = text_of(reader.get("/views/counts"))
    unowned = sum("of nobody" in name for name in reader.listed)
    assert f"{ALL} {len(reader.listed)} " in shown
    assert f"{UNOWNED} {unowned} " in shown
    assert (f"{MINE} 1 " in shown) == (reader.who == "agent")


def check_unseen(reader: Reader, *rests: str) -> None:
    """The answers for leads that the reader does not see are those for a lead that never was."""
    for rest in rests:
        unknown = new_id(now_ms())
        expected = anonymous(reader.get(f"/leads/{unknown}{rest}", 404), unknown)
        for lead in reader.hidden:
            answer = reader.get(f"/leads/{lead.id}{rest}", 404, echoed=lead.id)
            assert anonymous(answer, lead.id) == expected


def anonymous(answer: httpx.Response, lead_id: str) -> str:
    return without_nonce(answer.text).replace(lead_id, "").replace(answer.headers["x-request-id"], "")


def without_nonce(text: str) -> str:
    return re.sub(r'nonce="[^"]*"|data-now="\d+"|req_\w+', "", text)


def test_an_agent_who_is_no_salesperson_reads_why_there_are_no_leads(cast: Cast) -> None:
    for who, is_shown in (("nobody", True), ("agent", False)):
        with cast.site.http(cast.cookies[who]) as http:
            shown = text_of(http.get(f"/app/{cast.account_id}/leads?q=nothing"))
            assert ("you are no salesperson" in shown) == is_shown
