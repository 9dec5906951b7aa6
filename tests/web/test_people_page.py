"""The pages of people: inviting, changing and disabling, links, and ending somebody's access."""

import re

import httpx

from lab.site import PASSWORD, Site
from leadloop.core.people.roles import Role
from tests.web.pages import act, fields_of, new_owner, open_page, refuse, text_of

LINK = re.compile(r"https?://[^\s<]+/app/welcome/[A-Za-z0-9_-]{43}")


def invite(client: httpx.Client, account_id: str, **fields: str) -> httpx.Response:
    form = {"name": "Breno Lima", "email": "Breno@Example.com", "role": "agent"} | fields
    return client.post(f"/app/{account_id}/settings/people", data=form)


def test_an_invitation_shows_its_link_once_and_the_link_lets_the_person_in(site: Site) -> None:
    account_id, email = new_owner(site)
    invited = f"{account_id}@example.com"
    with site.http(site.sign_in(email)) as client, site.http() as guest:
        page = invite(client, account_id, email=invited)
        assert page.status_code == 200, text_of(page)
        (link,) = set(LINK.findall(page.text))
        people = open_page(client, f"/app/{account_id}/settings/people")
        assert "Invited" in text_of(people) and invited in people.text and not LINK.search(people.text)

        form = fields_of(guest.get(link)) | {"password": PASSWORD}
        assert guest.post(link, data=form).status_code == 303
        assert guest.get("/app/settings/me").status_code == 200
        assert guest.get(f"/app/{account_id}/keys").status_code == 403
        assert "Active" in text_of(open_page(client, f"/app/{account_id}/settings/people"))


def test_a_refused_invitation_shows_the_problem_and_keeps_the_form(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        page = invite(client, account_id, email="no address", name="Ana")
        assert page.status_code == 422
        assert re.search(r'name="email"[^>]*aria-invalid="true"', page.text)
        assert fields_of(page)["name"] == "Ana" and fields_of(page)["role"] == "agent"
        again = invite(client, account_id, email=email)
        assert again.status_code == 422 and 'role="alert"' in again.text


def test_the_last_owner_stays_and_the_page_says_why(site: Site) -> None:
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        people = open_page(client, f"/app/{account_id}/settings/people")
        (path,) = set(re.findall(rf"/app/{account_id}/settings/people/[0-9a-f]{{24}}", people.text))
        page = refuse(client, path, {"name": "Nova Dona", "role": "agent", "state": "active"})
        assert 'role="alert"' in page.text
        refuse(client, path, {"name": "Nova Dona", "role": "owner", "state": "disabled"})
        assert "Owner" in text_of(open_page(client, f"/app/{account_id}/settings/people"))


def test_a_changed_role_a_disabled_person_and_ended_access_take_effect(site: Site) -> None:
    account_id, email = new_owner(site)
    member = site.add_person(account_id, "Breno Lima", Role.MANAGER)
    path = f"/app/{account_id}/settings/people/{member.id}"
    with site.http(site.sign_in(email)) as client, site.http(site.sign_in(member.email)) as theirs:
        open_page(theirs, f"/app/{account_id}/connect")
        assert "Agent" in text_of(act(client, path, {"name": "Breno Lima", "role": "agent", "state": "active"}))
        open_page(theirs, f"/app/{account_id}/connect", 403)
        act(client, path, {"name": "Breno L.", "role": "manager", "state": "active"})
        open_page(theirs, f"/app/{account_id}/connect")
        act(client, f"{path}/sessions")
        assert theirs.get(f"/app/{account_id}/connect").status_code == 303
        act(client, path, {"name": "Breno L.", "role": "manager", "state": "disabled"})
    with site.http(site.sign_in(member.email)) as theirs:
        open_page(theirs, f"/app/{account_id}/connect", 404)


def test_a_link_for_a_password_is_shown_once(site: Site) -> None:
    account_id, email = new_owner(site)
    member = site.add_person(account_id, "Breno Lima", Role.AGENT)
    path = f"/app/{account_id}/settings/people/{member.id}"
    with site.http(site.sign_in(email)) as client, site.http() as guest:
        page = client.post(f"{path}/link")
        (link,) = set(LINK.findall(page.text))
        assert not LINK.search(open_page(client, path).text)
        assert guest.post(link, data={"password": "another long password"}).status_code == 303
    assert site.sign_in(member.email, "another long password")


def test_an_owner_gets_no_link_for_somebody_of_another_account(site: Site) -> None:
    """Whoever has the link has the person: in every account."""
    account_id, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        operator = site.visitors["owner"]
        page = invite(client, account_id, email=operator.email, name="Somebody")
        (link,) = set(LINK.findall(page.text))
        path = f"/app/{account_id}/settings/people/{operator.id}"
        with site.http() as guest:
            assert guest.post(link, data={"password": "another long password"}).status_code == 422
        with site.http(site.cookies("owner")) as theirs:
            assert account_id not in theirs.get("/app/settings/me").text
        assert "operator" not in text_of(open_page(client, path))
