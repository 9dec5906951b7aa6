"""Replays the answers of idempotency keys (semantics section 4).

Only a summary of an answer is stored, since the answer to a request of 350 bytes can be a lead of 250 KB. A replay
loads the lead at the version of the first answer and renders it with the same code.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct, structs

from leadloop.api.call import Answer, Call
from leadloop.api.prefer import NO_PREFERENCES, Preferences
from leadloop.core.leads.doc import decode, encode
from leadloop.core.leads.model import Lead
from leadloop.core.writes import history, use_cases
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.use_cases import WriteResult

REPLAYED = "Idempotent-Replayed"
IGNORED_LIMIT_BYTES = 1_024
"""A longer list of ignored members is not stored; a replay derives it from the repeated request."""

Reread = Callable[[Call, Any, Any], object]
"""Reads the body again and fills the list of ignored members. Takes the lead as the client saw it and the lead before
the write; `None` for both if the lead is new."""


class AnswerBuilder(NamedTuple):
    """How a route builds the answer to a write, the first time and on a replay."""

    answer: Callable[[Call, WriteResult], Answer]
    """Must be pure, and must take the preferences from its `Call`: on a replay these are the first request's."""
    ignored: list[str]
    """Pointers to ignored members of the body, filled while it is read."""
    reread: Reread
    shows_lead: Callable[[Call], bool] = Call.wants_representation


def plain_builder(answer: Callable[[Call, WriteResult], Answer]) -> AnswerBuilder:
    """For a route that never ignores members of the body."""
    return AnswerBuilder(answer, [], lambda call, base, now: None)


class AnswerSummary(Struct, frozen=True, omit_defaults=True):
    """Stored as JSON. `ignored` is `None` if it is too long to be stored."""

    version: int
    is_new: bool = False
    is_change: bool = False
    preferences: Preferences = NO_PREFERENCES
    ignored: list[str] | None = []


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(AnswerSummary | list[Any]).decode


def render(call: Call, builder: AnswerBuilder, result: WriteResult) -> Answer:
    """The answer to a request with an idempotency key. It encodes and decodes the lead first, so that the first answer
    and its replay show maps in the same order, whatever order the client sent or the engine keeps."""
    if builder.shows_lead(call):
        result = structs.replace(result, lead=decode(encode(result.lead)))
    return builder.answer(call, result)


def summarize(call: Call, builder: AnswerBuilder, result: WriteResult) -> str:
    ignored: list[str] | None = builder.ignored
    if ignored and len(_ENCODE(ignored)) > IGNORED_LIMIT_BYTES:
        ignored = None
    summary = AnswerSummary(
        result.lead.version, result.before is None, result.change is not None, call.preferences, ignored
    )
    return _ENCODE(summary).decode()


async def replay(call: Call, builder: AnswerBuilder, stored_answer: StoredAnswer) -> Answer:
    """The first answer, even if the lead has changed since. Raises `LeadNotFound`."""
    summary = _DECODE(stored_answer.answer)
    if isinstance(summary, list):  # an earlier version stored the answer itself
        status, headers, body = summary
        return Answer(msgspec.Raw(body.encode()), status, headers | {REPLAYED: "true"})
    call = call._replace(preferences=summary.preferences)
    version, change = summary.version, None
    if summary.is_change:
        [change] = await call.store.changes.of_lead(call.caller.account_id, stored_answer.lead_id, version - 1, 1)
    lead = await _lead(call, stored_answer.lead_id, version, is_shown=builder.shows_lead(call))
    if summary.ignored is None:
        await _reread(call, builder, summary, stored_answer.lead_id)
    else:
        builder.ignored[:] = summary.ignored
    # only a dry run shows the previous lead, and is never replayed
    answer = render(call, builder, WriteResult(None if summary.is_new else lead, lead, change))
    answer.headers[REPLAYED] = "true"
    return answer


async def _lead(call: Call, lead_id: str, version: int, *, is_shown: bool) -> Lead:
    """The lead at the version. If it is not shown, only its id and version are reliable."""
    if is_shown:
        return await history.at_version(call.store, call.caller.account_id, lead_id, version)
    lead = await use_cases.get(call.store, call.caller.account_id, lead_id)
    return structs.replace(lead, version=version)


async def _reread(call: Call, builder: AnswerBuilder, summary: AnswerSummary, lead_id: str) -> None:
    if summary.is_new:
        builder.reread(call, None, None)
        return
    before = await _lead(call, lead_id, summary.version - summary.is_change, is_shown=True)
    base_version = call.preconditions.base_version
    is_same = base_version is None or base_version == before.version
    base = before if is_same else await _lead(call, lead_id, base_version or 0, is_shown=True)
    builder.reread(call, base, before)
