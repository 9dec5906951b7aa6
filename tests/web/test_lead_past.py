"""The page of a lead: its versions, its JSON in both lead APIs, and why it has its user."""

import html
import json
import re
import shlex

import httpx

from tests.support.catalogue import create, set_attribution
from tests.web.office import Office, main_of
from tests.web.pages import text_of


def raw_of(page: httpx.Response) -> dict[str, str]:
    """The programs and documents of the fragment, by their ids."""
    return {
        name: html.unescape(text)
        for name, text in re.findall(r'<pre[^>]* id="([\w-]+)"[^>]*>(.*?)</pre>', page.text, re.S)
    }


def test_raw_is_what_the_api_answers_at_every_version(office: Office) -> None:
    """And the command asks for it."""
    lead_id = office.client.new_lead(name="Ana", email="ana@x.example")
    office.client.patch(lead_id, {"name": "Ana Souza", "phoneNumber": "11 98765-4321"})
    office.client.patch(lead_id, {"tags": [{"name": "vip"}], "note": "Quote: \"<b>'"})
    for as_of in (None, 1, 2, 3):
        query = "" if as_of is None else f"?asOf={as_of}"
        raw = raw_of(office.page(lead_id, f"/raw{query}"))
        for name, path in (
            ("expad", f"/v1/account/{office.account_id}/lead/{lead_id}"),
            ("leadsail", f"/api/v1/leads/lead_{lead_id}"),
        ):
            answer = office.client.http.get(f"{path}{query}")
            assert answer.status_code == 200
            assert json.loads(raw[f"json-{name}"]) == answer.json()
            words = shlex.split(raw[f"curl-{name}"].replace("\\\n", ""))
            assert words == ["curl", f"{office.site.url}{path}{query}", "-H", "X-API-Key: $LEADLOOP_KEY"]
        assert "json-expad" in raw_of(office.page(lead_id, f"?open=raw&{query[1:]}"))
    assert raw_of(office.page(lead_id)) == {}


def test_each_version_is_the_lead_as_it_was(office: Office) -> None:
    lead_id = office.client.new_lead(name="First Name")
    stages = ["NEW"]
    for n, stage in enumerate(("ACTIVE", "Visita", "LOST")):
        office.client.patch(lead_id, {"name": f"Name {n}", "status": stage, "note": f"note {n}"})
        stages.append(stage)
    assert office.stored(lead_id).version == len(stages)
    for version, stage in enumerate(stages, 1):
        page = office.page(lead_id, f"?asOf={version}")
        said = main_of(page)
        name = "First Name" if version == 1 else f"Name {version - 2}"
        assert f">{name}</h1>" in page.text and "Nothing can be changed here." in said
        (current,) = re.findall(r'<li class="(\w+)[^"]*" aria-current="step"', page.text)
        assert current == {"NEW": "new", "ACTIVE": "active", "Visita": "own", "LOST": "lost"}[stage]
        links = {rel: int(at) for rel, at in re.findall(r'rel="(prev|next)" href="[^"]*\?asOf=(\d+)', page.text)}
        usual = {"prev": version - 1, "next": version + 1}
        assert links == {rel: at for rel, at in usual.items() if 1 <= at <= len(stages)}
        assert f'max="{len(stages)}" value="{version}"' in page.text
        assert "moved from" not in page.text and "sse:connect" not in page.text
    assert f'href="{office.path(lead_id)}"' in office.page(lead_id, "?asOf=2").text


def test_why_a_lead_has_its_user(office: Office) -> None:
    set_attribution(office.client, True)
    create(office.client, "users", id="ana", name="Ana Lima", isRealUser=True)
    lead_id = office.client.new_lead()
    for part in ("/why", "?open=why"):
        assert "Round robin in the account: lead number 1 today" in text_of(office.page(lead_id, part))
    assert "Round robin" not in text_of(office.page(lead_id))
    for n in range(25):
        office.client.patch(lead_id, {"note": f"note {n}"})
    assert "Round robin" in text_of(office.page(lead_id, "/why"))
    office.client.patch(lead_id, {"leadAttributionUser": {"id": "bia", "userName": "Bia"}})
    said = text_of(office.page(lead_id, "/why"))
    assert "Assigned by" in said and "Round robin" not in said
    assert "Round robin" in text_of(office.page(lead_id, "/why?asOf=20"))
    office.client.patch(lead_id, {"leadAttributionUser": None})
    assert "Assigned to nobody by" in text_of(office.page(lead_id, "/why"))
    elsewhere = office.client.new_lead(unit={"name": "Centro"})
    assert "nobody why?" in text_of(office.page(elsewhere))
    assert "Nobody in the unit “Centro” takes leads" in text_of(office.page(elsewhere, "/why"))
    set_attribution(office.client, False)
    assert "Nobody has assigned this lead yet." in text_of(office.page(office.client.new_lead(), "?open=why"))
