"""The event stream of an account."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import Response

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem
from leadloop.core.people.model import MemberState, Session
from leadloop.core.people.roles import Role
from leadloop.web import sessions
from leadloop.web.live import STREAMS_OF_A_SESSION, EventStream, Moved
from leadloop.web.visit import Visit


async def open_events(visit: Visit) -> Response:
    """Continues after the position in `Last-Event-ID`, or else in the query. A session with many streams gets a short
    one, which tells what happened until now."""
    live = visit.context.live
    if live.is_full:
        raise ApiError(503, Problem("too_many_streams"), headers={"Retry-After": "30"})
    last = visit.request.field(b"last-event-id") or visit.request.query_params.get("after") or ""
    current = await live.position(visit.account.id)
    position = min(int(last), current) if last.isascii() and last.isdigit() and len(last) < 19 else current
    leave = live.join(_session(visit).digest, max(1, STREAMS_OF_A_SESSION // visit.context.settings.workers))
    if leave is None:
        moved = await live.look(visit.account.id, position)
        return EventStream(_seen(visit, _once(moved)), lambda: _is_still_allowed(visit), again_at=moved.position)
    moves = _seen(visit, live.moves(visit.account.id, position))
    return EventStream(moves, lambda: _is_still_allowed(visit), on_end=leave)


def _session(visit: Visit) -> Session:
    """Only for pages that require a person."""
    assert visit.visitor.session is not None
    return visit.visitor.session


def _seen(visit: Visit, moves: AsyncGenerator[Moved | None]) -> AsyncGenerator[Moved | None]:
    return moves if sees_all(visit) else _silent(moves)


async def _once(moved: Moved) -> AsyncGenerator[Moved | None]:
    """Nothing has happened if there is no lead."""
    yield moved if moved.leads else None


async def _is_still_allowed(visit: Visit) -> bool:
    """Whether the session goes on, and the person is a member with the same role."""
    session = visit.visitor.session
    pair = None if session is None else await visit.store.sessions.get(session.digest)
    if pair is None or sessions.has_ended(pair[0], visit.context.settings, visit.context.clock()):
        return False
    member = await visit.store.memberships.get(visit.account.id, visit.person.id)
    if member is None or member.membership.state is not MemberState.ACTIVE:
        return False
    now, before = member.membership, visit.membership
    return (now.role, now.signed_out_at_ms) == (before.role, before.signed_out_at_ms)


def sees_all(visit: Visit) -> bool:
    return not (visit.account.agents_see_own and visit.membership.role is Role.AGENT)


async def _silent(moves: AsyncGenerator[Moved | None]) -> AsyncGenerator[Moved | None]:
    """Keeps the stream open and tells nothing: not even how many leads change that the agent does not see."""
    async with aclosing(moves):
        async for _ in moves:
            yield None
