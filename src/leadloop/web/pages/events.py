"""The event stream of an account."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import NamedTuple

from starlette.responses import Response

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem
from leadloop.core.people.model import Membership, MemberState, Session
from leadloop.core.reading.visibility import visibility_of
from leadloop.web import sessions
from leadloop.web.event_stream import EventStream
from leadloop.web.live import MANY, STREAMS_OF_A_SESSION, Moved
from leadloop.web.stream_ids import StreamIds
from leadloop.web.visit import Visit, read_digits

POSITION_DIGITS = 18


class _StreamStart(NamedTuple):
    """Where a stream begins."""

    position: int
    is_known: bool
    """False if the browser was cut off at a position that is not known: it may have missed anything."""
    id_of: Callable[[int], str]


async def open_events(visit: Visit) -> Response:
    """Continues after the event in `Last-Event-ID`, or else in the query. A session with many streams gets a short
    one, which tells what happened until now."""
    live = visit.context.live
    if live.is_full:
        raise ApiError(503, Problem("too_many_streams"), headers={"Retry-After": "30"})
    account_id, visibility = visit.account.id, await visit.visibility()
    start = await _start(visit, await live.position(account_id))
    missed = None if start.is_known else Moved(start.position, MANY)
    leave = live.join(_session(visit).digest, max(1, STREAMS_OF_A_SESSION // visit.context.settings.workers))
    if leave is None:
        moved = missed or await live.look(account_id, start.position, visibility)
        moves, again_at = _once(moved), moved.position
    else:
        moves, again_at = live.moves(account_id, start.position, visibility), None
        moves = moves if missed is None else _then(missed, moves)
    return EventStream(
        moves,
        lambda: _is_still_allowed(visit),
        position=start.position,
        id_of=start.id_of,
        on_end=leave,
        again_at=again_at,
    )


async def _start(visit: Visit, current: int) -> _StreamStart:
    last = visit.request.field(b"last-event-id") or visit.request.query_params.get("after") or ""
    visibility, clock = await visit.visibility(), visit.context.clock
    if visibility.sees_all:
        sent = read_digits(last, POSITION_DIGITS)
        return _StreamStart(current if sent is None else min(sent, current), sent is not None or not last, str)
    ids = StreamIds(visit.context.pepper, visit.account.id, visit.person.id, visibility)
    position = ids.open(last, clock())
    is_known = position is not None or not last
    return _StreamStart(
        current if position is None else min(position, current), is_known, lambda position: ids.seal(position, clock())
    )


def _session(visit: Visit) -> Session:
    """Only for pages that require a person."""
    assert visit.visitor.session is not None
    return visit.visitor.session


async def _once(moved: Moved) -> AsyncGenerator[Moved | None]:
    """Nothing has happened if there is no lead."""
    yield moved if moved.leads else None


async def _then(first: Moved, moves: AsyncGenerator[Moved | None]) -> AsyncGenerator[Moved | None]:
    async with aclosing(moves):
        yield first
        async for moved in moves:
            yield moved


async def _is_still_allowed(visit: Visit) -> bool:
    """Whether the session goes on, and the person is a member with the same role who sees the same leads."""
    session = visit.visitor.session
    pair = None if session is None else await visit.store.sessions.get(session.digest)
    if pair is None or sessions.has_ended(pair[0], visit.context.settings, visit.context.clock()):
        return False
    member = await visit.store.memberships.get(visit.account.id, visit.person.id)
    if member is None or member.membership.state is not MemberState.ACTIVE:
        return False
    now, before = member.membership, visit.membership
    return (now.role, now.signed_out_at_ms) == (before.role, before.signed_out_at_ms) and await _sees_same(visit, now)


async def _sees_same(visit: Visit, membership: Membership) -> bool:
    account = await visit.store.accounts.get(visit.account.id)
    if account is None:
        return False
    now, before = await visibility_of(visit.store, account, membership), await visit.visibility()
    return now.sees_all if before.sees_all else now == before
