"""One-time links: the first person of an instance, invitations, other passwords."""

import asyncio
from contextlib import AsyncExitStack

import httpx

from lab.door import Door, open_door
from lab.site import PASSWORD
from leadloop.core.people.model import LINK_MS, LinkKind, MemberState
from leadloop.core.people.roles import Role
from tests.web.test_door_sessions import is_signed_in, sign_in

FIRST = {
    "name": "Ana Souza",
    "email": "Ana@Example.com",
    "password": "ten letters",
    "account": "Sol Nascente",
    "language": "pt-BR",
    "time_zone": "America/Sao_Paulo",
    "currency": "BRL",
    "country": "BR",
}


async def test_the_first_person_takes_over_the_account(empty_database: str) -> None:
    async with open_door(empty_database) as door:
        account = await door.add_account("default")
        link = await door.add_link(LinkKind.WELCOME, account_id=account.id)
        browser = door.browser(accept_language="pt-BR")
        assert "abra-o para criar a primeira pessoa" in (await browser.get("/app/sign-in")).text
        for _ in range(2):
            shown = await browser.get(link)  # opening uses nothing up
            assert shown.status_code == 200
            assert "default" not in shown.text.partition('name="account"')[2].partition(">")[0]
            for guess in ("pt-BR", "America/Sao_Paulo", "BRL", "BR"):
                assert f'<option value="{guess}" selected>' in shown.text
        answer = await browser.post(link, data=FIRST)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/app/{account.id}")
        assert await is_signed_in(browser)

        person = await door.store.people.by_email("ana@example.com")
        assert person is not None and person.is_operator and person.email == "Ana@Example.com"
        [(membership, changed)] = await door.store.memberships.of_person(person.id)
        assert (membership.role, membership.state) == (Role.OWNER, MemberState.ACTIVE)
        settings = (changed.id, changed.name, changed.currency, changed.time_zone, changed.country, changed.language)
        assert settings == (account.id, "Sol Nascente", "BRL", "America/Sao_Paulo", "BR", "pt-BR")
        assert (await door.browser().get(link)).status_code == 404
        assert (await door.browser().post(link, data=FIRST)).status_code == 404
        assert "printed a link" not in (await door.browser().get("/app/sign-in")).text


async def test_two_who_use_the_link_at_once_make_one_person(empty_database: str) -> None:
    """In two processes, each with its own connections on PostgreSQL; on SQLite in the one that serves."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(open_door(empty_database))
        is_shared = empty_database.startswith("postgres")
        second = await stack.enter_async_context(open_door(empty_database)) if is_shared else first
        account = await first.add_account("default")
        link = await first.add_link(LinkKind.WELCOME, account_id=account.id)
        posts = [
            door.browser().post(link, data=FIRST | {"email": f"p{number}@example.com"})
            for number, door in enumerate((first, second, first, second))
        ]
        answers = await asyncio.gather(*posts)
        assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]
        assert len(await first.store.people.all("", 10)) == 1
        assert len(await first.store.memberships.of_account(account.id, "", 10)) == 1


WRONG = [
    ("name", "", "1 to 100 printable characters"),
    ("name", "x" * 101, "1 to 100 printable characters"),
    ("account", "a\0b", "1 to 100 printable characters"),
    ("email", "not an address", "an e-mail address"),
    ("password", "too short", "at least 10 characters"),
    ("password", "x" * 257, "at most 256 characters"),
    ("language", "de", "one of the list"),
    ("time_zone", "Mars/Olympus", "one of the list"),
    ("currency", "XXX", "one of the list"),
    ("country", "QQ", "one of the list"),
]


async def test_what_is_wrong_is_said_at_its_field_and_the_link_stays_valid(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account("default")
        link = await door.add_link(LinkKind.WELCOME, account_id=account.id)
        for field, value, text in WRONG:
            answer = await door.browser().post(link, data=FIRST | {field: value})
            assert answer.status_code == 422, (field, value)
            after = answer.text.partition(f'name="{field}"')[2]
            assert 'aria-invalid="true"' in after.partition(">")[0]
            assert text in after.partition("</div>")[0]
            assert "ten letters" not in answer.text and "too short" not in answer.text
        assert not await door.store.people.are_there()


async def test_links_end(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account("default")
        link = await door.add_link(LinkKind.WELCOME, account_id=account.id)
        door.pass_ms(LINK_MS)
        for path in (link, "/app/welcome/unknown", "/app/welcome/" + "x" * 43):
            assert (await door.browser().get(path)).status_code == 404
            assert (await door.browser().post(path, data=FIRST)).status_code == 404


async def invited(door: Door, *, password_hash: str | None = None) -> tuple[str, str, str]:
    """A person invited to a new account: their id, e-mail and link."""
    account = await door.add_account()
    person = await door.add_person(account.id, Role.AGENT, password_hash=password_hash)
    return person.id, person.email, await door.add_link(LinkKind.INVITATION, person.id, account.id)


async def new_password(browser: httpx.AsyncClient, link: str, password: str) -> int:
    return (await browser.post(link, data={"password": password})).status_code


async def test_an_invitation_ends_in_setting_a_password(empty_database: str) -> None:
    async with open_door(empty_database) as door:
        person_id, email, link = await invited(door)
        browser = door.browser()
        shown = await browser.get(link)
        assert "Ana Souza" in shown.text and email in shown.text
        assert await new_password(browser, link, "too short") == 422
        assert await new_password(browser, link, "long enough") == 303
        assert await is_signed_in(browser)
        [(membership, _)] = await door.store.memberships.of_person(person_id)
        assert membership.state is MemberState.ACTIVE
        assert await new_password(door.browser(), link, "another one") == 404
        again = await door.browser().post("/app/sign-in", data={"email": email, "password": "long enough"})
        assert again.status_code == 303


async def test_an_owner_of_one_account_does_not_take_over_a_person_of_two(empty_database: str) -> None:
    """The owner has the link of the invitation: it asks for the password that the person has."""
    async with open_door(empty_database) as door:
        theirs = await door.add_account("Lua Cheia")
        person = await door.add_person(theirs.id)
        ours = await door.add_account("Sol Nascente")
        await door.add_person(ours.id)
        invitation = await door.invite(person, ours.id, Role.AGENT)
        owner = door.browser(address="192.0.2.1")
        assert await new_password(owner, invitation, "the owner's choice") == 422
        assert not await is_signed_in(owner)
        assert (await sign_in(door.browser(), person, "the owner's choice")).status_code == 422
        browser = door.browser()
        assert await new_password(browser, invitation, PASSWORD) == 303
        memberships = await door.store.memberships.of_person(person.id)
        assert [membership.state for membership, _ in memberships] == [MemberState.ACTIVE] * 2
        chooser = await browser.get("/app")
        assert chooser.status_code == 200
        assert "Lua Cheia" in chooser.text and "Sol Nascente" in chooser.text


async def test_another_password_ends_all_sessions_of_before(empty_database: str) -> None:
    async with open_door(empty_database) as door:
        account = await door.add_account()
        person = await door.add_person(account.id)
        before, after = door.browser(), door.browser()
        await sign_in(before, person)
        link = await door.add_link(LinkKind.PASSWORD, person.id)
        assert await new_password(after, link, "another password") == 303
        assert await is_signed_in(after)
        assert not await is_signed_in(before)
        assert (await sign_in(before, person)).status_code == 422
        assert (await sign_in(before, person, "another password")).status_code == 303
