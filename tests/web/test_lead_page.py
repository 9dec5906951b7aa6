"""The page of a lead: what it says, its neighbours in the list, and who does not see it."""

import html
import re
from contextlib import closing

from lab.leads import filled_lead, history_of
from lab.site import HOSTILE, Site, now_ms
from lab.stores import with_store
from leadloop.core.people.roles import Role
from leadloop.core.store import LeadQuery, Order
from tests.support.catalogue import create
from tests.web.office import Office, link_salesperson, main_of
from tests.web.pages import new_owner, open_page, text_of

NOBODY = "0123456789abcdef01234567"
UNKNOWN_LEAD = "Lead not found"


def test_who_it_is_and_the_ways_to_reach_them(office: Office) -> None:
    lead_id = office.client.new_lead(
        name="Ana Souza", phoneNumber="11 98765-4321", email="ana+1@x.example", source="GOOGLE"
    )
    office.client.patch(lead_id, {"interest": {"name": "Implante"}, "saleValue": 1250.5, "status": "COMPLETE"})
    page = office.page(lead_id)
    for link in ("tel:+5511987654321", "https://wa.me/5511987654321", "mailto:ana%2B1@x.example"):
        assert f'href="{link}"' in page.text
    assert re.search(r'href="https://wa\.me/\d+" rel="noreferrer"', page.text)
    said = main_of(page)
    assert "Implante" in said and "Google" in said and "(11) 98765-4321" in said
    assert "Sale value: R$1,250.50" in said
    assert re.search(r'<li class="won done" aria-current="step">', page.text)
    assert office.page(f"lead_{lead_id}").status_code == 200


def test_only_a_colour_is_the_colour_of_a_tag(office: Office) -> None:
    tags = [{"name": "vip", "color": "#ff0000"}, {"name": "odd", "color": "url(//x.example/#a)"}]
    lead_id = office.client.new_lead()
    office.client.patch(lead_id, {"tags": tags})
    page = office.page(lead_id)
    assert re.findall('<circle cx="4" cy="4" r="4" fill="([^"]*)"', page.text) == ["#ff0000"] and "odd" in main_of(page)


def test_a_lead_without_a_name(office: Office) -> None:
    page = office.page(office.client.new_lead(name="", email="b@x.example"))
    assert ">b@x.example</h1>" in page.text


def test_tasks_lost_reason_and_empty_fields(office: Office) -> None:
    lead_id = office.client.new_lead()
    office.client.patch(
        lead_id,
        {
            "activities": [
                {"id": "a", "name": "Call back", "dueAt": now_ms() - 3_600_000},
                {"id": "b", "name": "Old call", "isComplete": True},
            ],
            "status": "LOST",
            "leadLossReson": {"name": "Too expensive"},
        },
    )
    said = main_of(office.page(lead_id))
    assert re.search(r"Call back was due 6\d minutes ago", said) and "1 done" in said
    assert "Reason: Too expensive" in said
    assert re.search(r"\d+ empty", said)
    assert "Nothing is planned." in main_of(office.page(office.client.new_lead()))


def test_a_deleted_lead_is_shown_and_says_so(office: Office) -> None:
    lead_id = office.client.new_lead(name="Gone Away")
    office.client.leadsail("DELETE", f"leads/lead_{lead_id}")
    page = office.page(lead_id)
    assert "This lead was deleted" in main_of(page) and 'class="title gone"' in page.text


def test_what_one_may_not_see_is_not_there(site: Site, office: Office) -> None:
    """Another account's lead, no lead, and no id have one answer."""
    with closing(site.server.client(account_id=new_owner(site)[0])) as others:
        foreign = others.new_lead()
    answers = [
        office.page(lead_id, part, 404) for lead_id in (foreign, NOBODY, "x") for part in ("", "/facts", "/raw", "/why")
    ]
    said = {re.sub(r"req_\w+", "", text_of(answer)) for answer in answers}
    assert len(said) == 1, said
    part = office.http.get(office.path(NOBODY, "/facts"), headers={"HX-Request": "true"})
    assert part.status_code == 404 and part.headers["hx-refresh"] == "true"
    assert UNKNOWN_LEAD in part.text and "<script" not in part.text
    lead_id = office.client.new_lead()
    for text in ("0", "2", "999999999999999"):
        office.page(lead_id, f"?asOf={text}", 404)
    for text in ("", "x", "-1", "1e3", "١"):
        assert "Nothing can be changed here" not in text_of(office.page(lead_id, f"?asOf={text}"))


def test_an_agent_of_own_leads_sees_no_other(site: Site, strict_office: Office) -> None:
    office = strict_office
    agent = site.add_person(office.account_id, "Clara Dias", Role.AGENT)
    create(office.client, "users", id="clara", name="Clara Dias", isRealUser=True)

    link_salesperson(site, agent, "clara")
    phone = {"phoneNumber": "11 98765-4321"}
    mine, foreign = (
        [office.client.new_lead(name=f"{owner} {n}", leadAttributionUser={"id": owner}, **phone) for n in range(2)]
        for owner in ("clara", "bia")
    )
    with site.http(site.sign_in(agent.email)) as http:
        for lead_id in foreign:
            for part in ("", "/facts", "/raw", "/why", "?asOf=1"):
                assert UNKNOWN_LEAD in text_of(open_page(http, office.path(lead_id, part), 404))
        page = open_page(http, office.path(mine[0], "?from="))
        assert "bia" not in main_of(page) and mine[1] in page.text
        beside = re.findall(r'data-key="(\w)" href="[^"]*/leads/(\w+)', page.text)
        assert beside == [("k", mine[1])]
    page = office.page(mine[0], "?from=")
    assert dict(re.findall(r'data-key="(\w)" href="[^"]*/leads/(\w+)', page.text)) == {"k": mine[1]}
    assert "bia 0" in main_of(page)


def test_who_must_not_be_contacted_is_marked(office: Office) -> None:
    lead_id = office.client.new_leadsail_lead(flags={"isDnc": True})
    assert "Do not contact" in main_of(office.page(lead_id))
    assert "Do not contact" not in main_of(office.page(office.client.new_leadsail_lead(email="b@x.example")))


def test_next_and_previous_are_those_of_the_list(office: Office) -> None:
    for n in range(7):
        office.client.new_lead(name=f"Lead {n}", tags=[{"name": ("a", "b")[n % 2]}])
    for text in ("", "sort=date", "q=tag%3Aa", "q=tag%3Aa&sort=created&columns=phone%2Cstage&density=dense"):
        listed = open_page(office.http, f"/app/{office.account_id}/leads?{text}")
        links = list(
            dict.fromkeys(re.findall(rf'href="(/app/{office.account_id}/leads/\w+\?[^"]*from=[^"]*)"', listed.text))
        )
        ids = [re.split(r"[/?]", link)[5] for link in links]
        assert len(ids) == (4 if "tag" in text else 7)
        page = open_page(office.http, html.unescape(links[0]))
        for place, lead_id in enumerate(ids):
            beside = dict(re.findall(r'data-key="(\w)" href="([^"]*)"', page.text))
            assert {key: re.split(r"[/?]", url)[5] for key, url in beside.items()} == {
                key: ids[at] for key, at in (("k", place - 1), ("j", place + 1)) if 0 <= at < len(ids)
            }, (text, place, lead_id)
            back = re.search(r'<nav class="crumb"[^>]*><a href="([^"]*)"', page.text)
            assert back is not None
            again = open_page(office.http, html.unescape(back[1]))
            assert again.url.params == listed.url.params
            if "j" in beside:
                page = open_page(office.http, html.unescape(beside["j"]))


def test_a_list_that_cannot_be_read_gives_no_neighbours(office: Office) -> None:
    lead_id = office.client.new_lead()
    office.client.new_lead()
    for text in ("?from=q%3Dnofield%3A1", "?from=q%3D%2522", ""):
        page = office.page(lead_id, text)
        assert "data-key" not in page.text and f'href="/app/{office.account_id}/leads' in page.text
    page = office.page(lead_id, "?from=https%3A%2F%2Fevil.example%2F%3Fq%3Da")
    assert "evil.example" not in "".join(re.findall(r'class="crumb".*?</nav>', page.text, re.S))


def test_other_leads_of_the_person(office: Office) -> None:
    phone = {"phoneNumber": "11 98765-4321"}
    lead_id = office.client.new_lead(name="The lead", **phone)
    assert "The same phone" not in main_of(office.page(lead_id))
    ids = [office.client.new_lead(name=f"Same {n}", **phone) for n in range(12)]
    page = office.page(lead_id)
    said = main_of(page)
    assert re.findall(r"leads/(\w+)\"[^>]*>Same", page.text) == sorted(ids, reverse=True)[:10]
    assert "and 2 more" in said
    assert "The same phone" not in main_of(office.page(lead_id, "?asOf=1"))


def test_every_field_of_the_model_is_shown(site: Site, office: Office) -> None:
    lead = filled_lead(office.account_id, "text", now_ms())
    with_store(site.server.database, lambda store: store.leads.load([history_of([lead])]))
    page = office.page(lead.id)
    hostile = with_store(
        site.server.database,
        lambda store: store.leads.find(LeadQuery(account_id=site.hostile_id, order=Order.CREATED, limit=1)),
    )
    assert [each.name for each in hostile] == [HOSTILE]
    assert page.text.count("<dt") >= 90
    for part in ("/raw", "/why", "/facts", "?asOf=1&open=raw"):
        office.page(lead.id, part)
