"""A person's own page: language, theme and keys take effect at once; the password and the sessions are theirs alone."""

import re

from lab.site import PASSWORD, Site
from leadloop.core.people.roles import Role
from tests.web.pages import act, fields_of, new_owner, open_page, refuse, text_of

ME = "/app/settings/me"


def test_language_theme_and_shortcuts_take_effect_at_once(site: Site) -> None:
    _, email = new_owner(site)
    with site.http(site.sign_in(email)) as client:
        form = fields_of(open_page(client, ME))
        assert form["hasShortcuts"] == "on" and form["theme"] == "system"
        del form["hasShortcuts"]
        form |= {"name": "Ana  Nova", "language": "pt-BR", "theme": "dark", "timeZone": "America/Manaus"}
        page = act(client, ME, form)
        assert '<html lang="pt-BR" data-theme="dark">' in page.text and 'data-shortcuts="off"' in page.text
        assert "Salvo" in text_of(page)
        assert {name: fields_of(page).get(name) for name in form} == form
        page = refuse(client, ME, form | {"name": "", "timeZone": "Mars/Base", "language": "tlh"})
        assert len(re.findall('aria-invalid="true"', page.text)) == 3
        assert "Ana  Nova" in open_page(client, ME).text


def test_a_new_password_needs_the_current_one_and_ends_other_sessions(site: Site) -> None:
    _, email = new_owner(site)
    path = f"{ME}/password"
    with site.http(site.sign_in(email)) as client, site.http(site.sign_in(email)) as other:
        open_page(other, ME)
        page = refuse(client, path, {"current": "wrong password", "password": "another long password"})
        assert re.search(r'name="current"[^>]*aria-invalid="true"', page.text)
        assert "wrong password" not in page.text and "another long password" not in page.text
        page = refuse(client, path, {"current": PASSWORD, "password": "short"})
        assert re.search(r'name="password"[^>]*aria-invalid="true"', page.text)

        assert "changed" in text_of(act(client, path, {"current": PASSWORD, "password": "another long password"}))
        assert other.get(ME).status_code == 303
    assert site.sign_in(email, "another long password")


def test_sessions_are_listed_and_end_one_by_one_or_all_but_this(site: Site) -> None:
    account_id, email = new_owner(site)
    stranger = site.add_person(account_id, "Eva", Role.AGENT)
    cookies = [site.sign_in(email) for _ in range(3)]
    with site.http(cookies[0]) as client, site.http(cookies[1]) as second, site.http(cookies[2]) as third:
        page = open_page(client, ME)
        paths = re.findall(rf'action="({ME}/sessions/[0-9a-f]{{24}}/end)"', page.text)
        assert len(paths) == 2 and text_of(page).count("this browser") == 1
        with site.http(site.sign_in(stranger.email)) as others:
            act(others, paths[0])
        open_page(second, ME), open_page(third, ME)

        act(client, paths[0])
        assert sorted((second.get(ME).status_code, third.get(ME).status_code)) == [200, 303]
        act(client, f"{ME}/sessions/end")
        assert {second.get(ME).status_code, third.get(ME).status_code} == {303}
        open_page(client, ME)


def test_every_account_of_the_person_is_listed(site: Site) -> None:
    with site.http(site.cookies("agent")) as client:
        page = open_page(client, ME)
        assert site.empty_id not in page.text and "settings/instance" not in page.text
