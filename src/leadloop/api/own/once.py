"""Creates something once per idempotency key. Secrets are shown by the first answer only (own.md section 1)."""

from collections.abc import Awaitable, Callable

from leadloop.api.call import Answer, Call
from leadloop.api.replays import REPLAYED
from leadloop.core.errors import Refusal
from leadloop.core.writes.idempotency import AnsweredBefore, AnswerKey

CREATED = 201


async def create_once(
    call: Call, create: Callable[[AnswerKey | None], Awaitable[Answer]], replay: Callable[[str], Awaitable[Answer]]
) -> Answer:
    """`create` stores the answer key with what it creates; `replay` takes the id of that. Raises `KeyReused`."""
    if not call.idempotency_key:
        return await create(None)
    account_id, key = call.caller.account_id, AnswerKey(call.idempotency_key, call.fingerprint, call.stamp.at_ms)
    try:
        async with call.context.request_lock.hold(f"{account_id} {key.key}"):
            await _reject_repeat(call, key)
            try:
                return await create(key)
            except Refusal:
                await _reject_repeat(call, key)  # another process may have created it meanwhile, which refuses this one
                raise
    except AnsweredBefore as before:
        answer = await replay(before.stored_answer.lead_id)
        answer.headers[REPLAYED] = "true"
        return answer


async def _reject_repeat(call: Call, key: AnswerKey) -> None:
    """Raises `AnsweredBefore` or `KeyReused` if the key was used."""
    stored_answer = await call.store.answers.get(call.caller.account_id, key.key)
    if stored_answer is not None:
        stored_answer.reject_repeat(key.fingerprint)
