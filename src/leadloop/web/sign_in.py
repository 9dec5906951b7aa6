"""Checking e-mail and password of whoever signs in or confirms what is dangerous."""

from leadloop.core.errors import Problem
from leadloop.core.leads.normalize import email_key
from leadloop.core.people.model import Person
from leadloop.web.visit import Visit


async def check(visit: Visit, email: str, password: str) -> Person | Problem:
    """The person with this e-mail and password, or what to tell whoever tries.

    The answer and its time are the same for an e-mail that the instance does not know. Raises `ApiError` 429 for an
    address with too many failures, and `Overloaded`.
    """
    key = email_key(email) or ""
    async with visit.context.throttle.attempt(visit.address, key) as attempt:
        person = await visit.store.people.by_email(key)
        stored = None if person is None else person.password_hash
        if await visit.context.passwords.check(password, stored) and person is not None:
            await attempt.succeed()
            return person
        left = await attempt.fail()
    return Problem("sign_in_failed") if left is None else Problem("sign_in_failed_often", left=left)
