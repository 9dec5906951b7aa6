"""Sessions of browsers: their cookie, their limits, their beginning and end.

The cookie has 256 random bits, of which the database has only the SHA-256, and a digest of the person's roles. By https
it is `__Host-leadloop` with `Secure`, which no other host can set; by http browsers would drop such a cookie without a
word, so it is `leadloop` there.
"""

import contextlib
import hashlib
from collections.abc import Sequence

from msgspec import structs

from leadloop.core.accounts import Account
from leadloop.core.errors import Unavailable
from leadloop.core.people.model import Membership, Person, Session
from leadloop.core.people.store import SignedIn
from leadloop.core.people.tokens import digest_of, new_token
from leadloop.settings import Settings
from leadloop.web.visit import Cookie, Visit

TOUCH_MS = 60_000
USER_AGENT_LENGTH = 200
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
AccountMemberships = Sequence[tuple[Membership, Account]]


def cookie_name(visit: Visit) -> str:
    return "__Host-leadloop" if visit.is_secure else "leadloop"


async def find(visit: Visit) -> SignedIn | None:
    """The session of the browser; `None` if it has none or the session has ended."""
    token, _ = _cookie(visit)
    if not token:
        return None
    signed_in = await visit.store.sessions.signed_in(digest_of(token))
    if signed_in is None:
        return None
    session = signed_in.session
    if has_ended(session, visit.context.settings, visit.now_ms):
        await visit.store.sessions.end(session.digest)
        return None
    if visit.now_ms - session.seen_at_ms >= TOUCH_MS:
        with contextlib.suppress(Unavailable):
            await visit.store.sessions.touch(session.digest, visit.now_ms)
    return signed_in


def has_ended(session: Session, settings: Settings, now_ms: int) -> bool:
    """Whether it was not used for too long, or began too long ago."""
    is_idle = now_ms - session.seen_at_ms >= settings.session_idle_hours * HOUR_MS
    return is_idle or now_ms - session.created_at_ms >= settings.session_days * DAY_MS


async def begin(visit: Visit, person: Person) -> None:
    """Signs the browser in, with a new session. The one that it had ends, so that nobody can have planted it."""
    token, (previous, _) = new_token(), _cookie(visit)
    session = Session(
        digest=digest_of(token),
        person_id=person.id,
        created_at_ms=visit.now_ms,
        seen_at_ms=visit.now_ms,
        password_at_ms=visit.now_ms,
        address=visit.address,
        user_agent=(visit.request.field(b"user-agent") or "")[:USER_AGENT_LENGTH],
    )
    await visit.store.sessions.add(session, replaces=digest_of(previous) if previous else None)
    roles = _digest_of_roles(await visit.store.memberships.of_person(person.id))
    _set_cookie(visit, session, token, roles)


async def rotate(visit: Visit, session: Session) -> Session:
    """The session continues under a new cookie, because the password was entered again."""
    return await _rotate(visit, structs.replace(session, password_at_ms=visit.now_ms))


async def rotate_if_roles_changed(visit: Visit, session: Session, memberships: AccountMemberships) -> Session:
    """The session continues under a new cookie if a role of the person is another than when the cookie was set."""
    _, roles = _cookie(visit)
    if not roles or roles == _digest_of_roles(memberships):
        return session
    return await _rotate(visit, session)


async def end(visit: Visit) -> None:
    """Signs the browser out."""
    if visit.visitor.session is not None:
        await visit.store.sessions.end(visit.visitor.session.digest)
    visit.cookies.append(Cookie(cookie_name(visit), "", max_age_s=0))


async def _rotate(visit: Visit, session: Session) -> Session:
    token = new_token()
    rotated = structs.replace(session, digest=digest_of(token), seen_at_ms=visit.now_ms)
    await visit.store.sessions.add(rotated, replaces=session.digest)
    _set_cookie(visit, rotated, token, _digest_of_roles(await visit.store.memberships.of_person(session.person_id)))
    return rotated


def _cookie(visit: Visit) -> tuple[str, str]:
    """The secret, and the digest of the roles at the time it was set."""
    token, _, roles = visit.request.cookies.get(cookie_name(visit), "").partition(".")
    return token, roles


def _set_cookie(visit: Visit, session: Session, token: str, roles: str) -> None:
    ends_at_ms = session.created_at_ms + visit.context.settings.session_days * DAY_MS
    value = f"{token}.{roles}"
    visit.cookies.append(Cookie(cookie_name(visit), value, max_age_s=(ends_at_ms - visit.now_ms) // 1000))


def _digest_of_roles(memberships: AccountMemberships) -> str:
    roles = sorted(f"{membership.account_id} {membership.role.value}" for membership, _ in memberships)
    return hashlib.sha256("\n".join(roles).encode()).hexdigest()[:8]
