"""One-time links, sessions, failed sign-ins and the audit trail."""

import asyncio

import pytest
from msgspec import structs

from leadloop.core.people.model import AuditEntry, LinkKind, MemberState, Person, Throttle
from leadloop.core.people.roles import Role
from leadloop.storage import audit, throttles
from leadloop.storage.links import Links
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS, Database
from tests.storage.people import NOW_MS, add_accounts, add_member, invite, link, membership, person, session

ANA, BIA = person("ana"), person("bia")


def with_password(current: Person) -> Person:
    return structs.replace(current, password_hash="$argon2id$new")


def test_a_link_is_used_once_and_before_it_expires(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await invite(store, ANA)
            invitation = link(f"{ANA.id} {ACCOUNT}", of=ANA)
            assert await store.links.get(invitation.digest) == invitation
            assert await store.links.use(invitation.digest, NOW_MS, with_password) is None
            assert await store.links.get(invitation.digest) == invitation, "an expired link is there, to say so"
            assert await store.people.get(ANA.id) == ANA
            assert await store.links.use(b"unknown", START_MS, with_password) is None

            assert await store.links.use(invitation.digest, NOW_MS - 1, with_password) == with_password(ANA)
            assert await store.people.get(ANA.id) == with_password(ANA)
            member = await store.memberships.get(ACCOUNT, ANA.id)
            assert member is not None and member.membership == membership(ANA)
            assert await store.links.use(invitation.digest, NOW_MS - 1, lambda current: ANA) is None
            assert await store.links.get(invitation.digest) is None
            await store.links.add(link("welcome", LinkKind.WELCOME))
            assert await store.links.use(b"welcome", START_MS, with_password) is None

    asyncio.run(run())


def test_a_use_that_runs_again_after_its_commit_succeeds(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await invite(store, ANA)
            links, digest = store.links, f"{ANA.id} {ACCOUNT}".encode()
            assert isinstance(links, Links)
            for _ in range(2):
                assert await links._use(digest, START_MS, with_password, "one call") == with_password(ANA)
            assert await links._use(digest, START_MS, with_password, "another call") is None

    asyncio.run(run())


def test_a_disabled_member_stays_disabled(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await invite(store, ANA)
            await store.memberships.change(
                ACCOUNT, ANA.id, lambda current, owners: structs.replace(current, state=MemberState.DISABLED)
            )
            assert await store.links.use(f"{ANA.id} {ACCOUNT}".encode(), START_MS, with_password)
            member = await store.memberships.get(ACCOUNT, ANA.id)
            assert member is not None and member.membership.state is MemberState.DISABLED

    asyncio.run(run())


def test_a_new_link_replaces_those_that_do_the_same(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            for account_id in (ACCOUNT, OTHER_ACCOUNT):
                await invite(store, ANA, account_id)
            elsewhere = f"{ANA.id} {OTHER_ACCOUNT}".encode()
            await store.links.add(link("w1", LinkKind.WELCOME))
            for token in ("w2", "w2"):
                await store.links.add(link(token, LinkKind.WELCOME))
            await store.links.add(link("p1", LinkKind.PASSWORD, ANA, account_id=None))
            await store.links.add(link("p2", LinkKind.PASSWORD, ANA))
            await store.links.add(link("i2", of=ANA))
            await store.links.add(link("b", LinkKind.PASSWORD, BIA))

            async def remaining() -> list[str]:
                tokens = ("w1", "w2", "p1", "p2", "i2", "b")
                return [token for token in tokens if await store.links.get(token.encode()) is not None]

            assert await remaining() == ["w2", "p1", "p2", "i2", "b"]
            assert await store.links.get(f"{ANA.id} {ACCOUNT}".encode()) is None
            assert await store.links.use(b"p1", START_MS, with_password)
            assert await remaining() == ["w2", "i2", "b"]
            await store.links.add(link("p3", LinkKind.PASSWORD, ANA))
            assert await store.links.use(b"i2", START_MS, with_password)
            assert await store.links.get(b"p3") is None, "who is in another account now must not be taken over by it"
            assert await store.links.get(elsewhere) is not None, "the invitation to the other account still holds"

    asyncio.run(run())


def test_sessions_begin_rotate_and_end(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            for who in (ANA, BIA):
                await add_member(store, who)
            first = session("1", ANA)
            for _ in range(2):
                await store.sessions.add(first)
            assert await store.sessions.get(b"1") == (first, ANA)
            await store.sessions.touch(b"1", START_MS + 5)
            await store.sessions.touch(b"1", START_MS + 4)
            assert await store.sessions.get(b"1") == (structs.replace(first, seen_at_ms=START_MS + 5), ANA)
            await store.sessions.add(session("2", ANA, START_MS + 9), replaces=b"1")
            assert await store.sessions.get(b"1") is None
            await store.sessions.add(session("3", ANA, START_MS + 8))
            await store.sessions.add(session("4", BIA))
            assert [each.digest for each in await store.sessions.of_person(ANA.id)] == [b"2", b"3"]
            assert await store.sessions.end_all(ANA.id, but=b"2") == 1
            assert await store.sessions.of_person(ANA.id) == [session("2", ANA, START_MS + 9)]
            assert await store.sessions.end_all(ANA.id) == 1
            await store.sessions.end(b"4")
            await store.sessions.end(b"4")
            assert await store.sessions.get(b"4") is None

    asyncio.run(run())


def test_sessions_and_links_that_have_ended_are_deleted(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            await invite(store, ANA)
            old, idle = session("old", ANA, START_MS), session("idle", ANA, START_MS + 20)
            await store.sessions.add(structs.replace(old, seen_at_ms=START_MS + 40))
            await store.sessions.add(idle)
            await store.sessions.add(session("new", ANA, START_MS + 30))
            await store.links.add(link("expired", LinkKind.PASSWORD, ANA, expires_at_ms=START_MS + 9))
            assert await store.sessions.purge(START_MS + 30, START_MS + 10) == 3
            assert [each.digest for each in await store.sessions.of_person(ANA.id)] == [b"new"]
            assert await store.links.get(b"expired") is None
            assert await store.links.get(f"{ANA.id} {ACCOUNT}".encode()) is not None
            assert await store.sessions.purge(START_MS + 30, START_MS + 10) == 0

    asyncio.run(run())


def test_failed_sign_ins_count_for_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "DELETE_AT_ONCE", 2)

    async def run() -> None:
        async with database.opened() as store:
            await store.throttles.count(["a", "p"], 10, 0)
            await store.throttles.count(["a"], 12, 10)
            await store.throttles.count(["a"], 11, 10)
            await store.throttles.count(["p"], 30, 11)
            wanted = [Throttle(1, 30), None, Throttle(3, 12)]
            assert await store.throttles.get(["p", "x", "a"]) == wanted
            await store.throttles.clear(["p", "x"])
            assert await store.throttles.get(["p"]) == [None]
            for at_ms in range(5):
                await store.throttles.count([f"k{at_ms}"], at_ms, 0)
            assert [await store.throttles.purge(4) for _ in range(3)] == [2, 2, 0]
            assert await store.throttles.get(["k3", "k4"]) == [None, Throttle(1, 4)]

    asyncio.run(run())


def entry(n: int, account_id: str = ACCOUNT, actor: str = "system", action: str = "key.created") -> AuditEntry:
    return AuditEntry(
        account_id=account_id,
        id=f"{n:024x}",
        at_ms=START_MS + n,
        actor=actor,
        action=action,
        object="k",
        request_id=f"req_{n}",
    )


def test_audit_entries_are_paged_newest_first_and_expire(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "DELETE_AT_ONCE", 2)
    entries = [entry(1), entry(2, actor="user:1"), entry(3, action="key.revoked"), entry(4)]

    async def run() -> None:
        async with database.opened() as store:
            for each in [*entries, entries[0], entry(5, OTHER_ACCOUNT)]:
                await store.audit.add(each)

            async def page(
                before: str = "", limit: int = 9, actor: str | None = None, action: str | None = None, since_ms: int = 0
            ) -> list[AuditEntry]:
                return await store.audit.page(ACCOUNT, before, limit, actor=actor, action=action, since_ms=since_ms)

            assert await page() == entries[::-1]
            assert await page(limit=2) == [entries[3], entries[2]]
            assert await page(before=entries[2].id) == [entries[1], entries[0]]
            assert await page(actor="user:1") == [entries[1]]
            assert await page(action="key.created", since_ms=START_MS + 2) == [entries[3], entries[1]]
            assert [await store.audit.purge(START_MS + 4) for _ in range(3)] == [2, 1, 0]
            assert await page() == [entries[3]]

    asyncio.run(run())


def test_a_role_of_an_invitation_is_kept(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            for number, role in enumerate(Role):
                await add_member(store, person(f"p{number}"), role=role)
            members = await store.memberships.of_account(ACCOUNT, "", 9)
            assert {each.membership.role for each in members} == {*Role}

    asyncio.run(run())
