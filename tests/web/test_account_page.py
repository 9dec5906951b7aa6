"""The settings of an account: one form, whose fields come back as they were saved, and problems at their place."""

import re

from lab.site import Site
from leadloop.core.people.roles import Role
from tests.web.pages import act, fields_of, new_owner, open_page, refuse

CHANGED = {
    "name": "Lua Nova",
    "language": "pt-BR",
    "country": "BR",
    "timeZone": "America/Sao_Paulo",
    "currency": "BRL",
    "agentsSee": "own",
    "autoAttribution": "on",
    "requireVersion": "on",
    "contactGoalMinutes": "15",
    "officeHours.monday": "08:00-12:00, 13:00-18:00",
    "officeHours.tuesday": "",
    "stageOrder": "Visita\nProposta",
}


def test_what_was_saved_comes_back_and_the_api_has_it(site: Site) -> None:
    account_id, email = new_owner(site)
    path = f"/app/{account_id}/settings/account"
    with site.http(site.sign_in(email)) as client:
        form = fields_of(open_page(client, path))
        assert form["name"] == "Nova Conta" and form["agentsSee"] == "all" and "requireVersion" not in form
        page = act(client, path, form | CHANGED)
        assert '<html lang="pt-BR"' in page.text, "who chose no language gets that of the account"
        saved = fields_of(page)
        assert {name: saved[name] for name in CHANGED} == CHANGED

        key = re.search(
            r"ll_\w+", client.post(f"/app/{account_id}/keys", data={"name": "x", "scopes": "leads:read"}).text
        )
        assert key is not None
        headers = {"X-API-Key": key[0], "Accept": "application/json"}
        account = client.get("/api/v1/account", headers=headers).json()["data"]
        assert account["officeHours"] == {
            "monday": [{"from": "08:00", "to": "12:00"}, {"from": "13:00", "to": "18:00"}]
        }
        assert account["stageOrder"] == ["Visita", "Proposta"] and account["contactGoalMinutes"] == 15
        assert account["requireVersion"] is True and account["agentsSee"] == "own"

        emptied = dict.fromkeys(saved, "") | {"name": "Lua Nova", "agentsSee": "all"}
        del emptied["requireVersion"], emptied["autoAttribution"]
        act(client, path, emptied)
        account = client.get("/api/v1/account", headers=headers).json()["data"]
        assert account["officeHours"] is None and account["stageOrder"] == [] and account["currency"] is None
        assert account["requireVersion"] is False and account["autoAttribution"] is False


def test_each_problem_stands_at_its_field_and_nothing_is_saved(site: Site) -> None:
    account_id, email = new_owner(site)
    path = f"/app/{account_id}/settings/account"
    wrong = {
        "name": " ",
        "timeZone": "Mars/Base",
        "contactGoalMinutes": "soon",
        "officeHours.friday": "from eight",
        "stageOrder": "A\na",
    }
    with site.http(site.sign_in(email)) as client:
        page = refuse(client, path, CHANGED | wrong)
        for name in wrong:
            field = re.search(rf'<(?:input|textarea)[^>]*name="{re.escape(name)}"[^>]*>', page.text)
            assert field is not None and 'aria-invalid="true"' in field[0], name
        assert fields_of(page)["contactGoalMinutes"] == "soon" and fields_of(page)["currency"] == "BRL"
        assert fields_of(page)["officeHours.friday"] == "from eight"
        assert fields_of(open_page(client, path))["name"] == "Nova Conta"


def test_a_manager_changes_settings_but_sees_no_people(site: Site) -> None:
    account_id, _ = new_owner(site)
    manager = site.add_person(account_id, "Breno Lima", Role.MANAGER)
    with site.http(site.sign_in(manager.email)) as client:
        page = open_page(client, f"/app/{account_id}/settings/account")
        assert "settings/people" not in page.text and f"/app/{account_id}/keys" not in page.text
        act(client, f"/app/{account_id}/settings/account", fields_of(page) | {"currency": "USD"})


def test_agents_of_own_leads_hear_of_no_new_ones(site: Site) -> None:
    account_id, email = new_owner(site)
    agent = site.add_person(account_id, "Clara Dias", Role.AGENT)
    path = f"/app/{account_id}/unread?since=0"
    with site.http(site.sign_in(email)) as client, site.http(site.sign_in(agent.email)) as theirs:
        act(client, f"/app/{account_id}/settings/account", CHANGED | {"agentsSee": "all"})
        client.post(f"/app/{account_id}/connect/lead")
        assert open_page(theirs, path).json() == {"count": 1}
        act(client, f"/app/{account_id}/settings/account", CHANGED | {"agentsSee": "own"})
        assert open_page(theirs, path).json() == {"count": 0}
        assert open_page(client, path).json() == {"count": 1}
        assert open_page(client, f"/app/{account_id}/unread?since=soon").json() == {"count": 0}
