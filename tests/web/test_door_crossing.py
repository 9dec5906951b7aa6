"""Two invitations of one new person, used at the same moment: the one that is later needs the password of the other."""

import asyncio

from lab.door import open_door
from leadloop.core.people.roles import Role
from tests.web.test_door_welcome import invited


async def test_the_later_of_two_crossing_invitations_sets_no_password(door_database: str) -> None:
    async with open_door(door_database) as door:
        person_id, email, first = await invited(door)
        person, account = await door.store.people.get(person_id), await door.add_account("Lua Cheia")
        assert person is not None
        links = [first, await door.invite(person, account.id, Role.OWNER)]
        passwords = ["the first one", "the second one"]
        posts = zip(links, passwords, strict=True)
        answers = await asyncio.gather(
            *(door.browser().post(link, data={"password": password}) for link, password in posts)
        )
        statuses = [answer.status_code for answer in answers]
        assert sorted(statuses) in ([303, 409], [303, 422])
        won = statuses.index(303)
        for number, password in enumerate(passwords):
            signed_in = await door.browser().post("/app/sign-in", data={"email": email, "password": password})
            assert (signed_in.status_code == 303) is (number == won)
        states = [membership.state for membership, _ in await door.store.memberships.of_person(person_id)]
        assert sorted(state.value for state in states) == ["active", "invited"]
        again = await door.browser().post(links[1 - won], data={"password": passwords[won]})
        assert again.status_code == 303, "with the password of the other the link still works"
