"""Sessions of browsers: their cookie, their limits, their beginning and end.

The cookie has 256 random bits; the database only their SHA-256. By https it is `__Host-leadloop` with `Secure`, which
no other host can set; by http browsers would drop such a cookie without a word, so it is `leadloop` there.
"""

import contextlib

from msgspec import structs

from leadloop.core.errors import Unavailable
from leadloop.core.people.model import Person, Session
from leadloop.core.people.tokens import digest_of, new_token
from leadloop.settings import Settings
from leadloop.web.visit import Cookie, Visit

TOUCH_MS = 60_000
USER_AGENT_LENGTH = 200
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def cookie_name(visit: Visit) -> str:
    return "__Host-leadloop" if visit.is_secure else "leadloop"


async def find(visit: Visit) -> tuple[Session, Person] | None:
    """The session of the browser and its person; `None` if it has none or the session has ended."""
    token = visit.request.cookies.get(cookie_name(visit))
    if not token:
        return None
    pair = await visit.store.sessions.get(digest_of(token))
    if pair is None:
        return None
    session, person = pair
    if has_ended(session, visit.context.settings, visit.now_ms):
        await visit.store.sessions.end(session.digest)
        return None
    if visit.now_ms - session.seen_at_ms >= TOUCH_MS:
        with contextlib.suppress(Unavailable):
            await visit.store.sessions.touch(session.digest, visit.now_ms)
    return session, person


def has_ended(session: Session, settings: Settings, now_ms: int) -> bool:
    """Whether it was not used for too long, or began too long ago."""
    is_idle = now_ms - session.seen_at_ms >= settings.session_idle_hours * HOUR_MS
    return is_idle or now_ms - session.created_at_ms >= settings.session_days * DAY_MS


async def begin(visit: Visit, person: Person) -> None:
    """Signs the browser in, with a new session. The one that it had ends, so that nobody can have planted it."""
    fields = {
        "person_id": person.id,
        "created_at_ms": visit.now_ms,
        "seen_at_ms": visit.now_ms,
        "password_at_ms": visit.now_ms,
        "address": visit.address,
        "user_agent": (visit.request.field(b"user-agent") or "")[:USER_AGENT_LENGTH],
    }
    token = new_token()
    previous = visit.request.cookies.get(cookie_name(visit))
    replaced = digest_of(previous) if previous else None
    await visit.store.sessions.add(Session(digest=digest_of(token), **fields), replaces=replaced)
    _set_cookie(visit, token, visit.context.settings.session_days * DAY_MS)


async def rotate(visit: Visit, session: Session) -> Session:
    """The session continues under a new cookie, because the password was entered again."""
    token = new_token()
    rotated = structs.replace(session, digest=digest_of(token), seen_at_ms=visit.now_ms, password_at_ms=visit.now_ms)
    await visit.store.sessions.add(rotated, replaces=session.digest)
    left_ms = session.created_at_ms + visit.context.settings.session_days * DAY_MS - visit.now_ms
    _set_cookie(visit, token, left_ms)
    return rotated


async def end(visit: Visit) -> None:
    """Signs the browser out."""
    if visit.visitor.session is not None:
        await visit.store.sessions.end(visit.visitor.session.digest)
    visit.cookies.append(Cookie(cookie_name(visit), "", max_age_s=0))


def _set_cookie(visit: Visit, token: str, age_ms: int) -> None:
    visit.cookies.append(Cookie(cookie_name(visit), token, max_age_s=age_ms // 1000))
