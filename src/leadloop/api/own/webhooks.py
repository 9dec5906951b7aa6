"""Webhook endpoints: `/api/v1/webhooks` (semantics sections 8 and 10)."""

from typing import Any

from msgspec import structs

from leadloop.api.body import read_object
from leadloop.api.call import Answer, Call, Route
from leadloop.api.errors import ApiError
from leadloop.api.leadsail.routes import success
from leadloop.core.errors import InvalidFields
from leadloop.core.ids import ID, new_id
from leadloop.webhooks import form, health, schedule, sign
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import Outbox, Stored
from leadloop.webhooks.sending import Outside, opened, sealed, test

SCOPE = "webhooks:manage"
NOT_FOUND = "webhook not found: there is no endpoint with this id in the account"


class Webhooks:
    """`outside` is made when the server starts; the routes are known before."""

    def __init__(self, outside: Outside | None) -> None:
        self._outside = outside

    def routes(self) -> list[Route]:
        all_of_them, one = "/api/v1/webhooks", "/api/v1/webhooks/{endpoint_id}"
        return [
            Route("GET", all_of_them, SCOPE, self.list),
            Route("POST", all_of_them, SCOPE, self.create),
            Route("GET", one, SCOPE, self.get),
            Route("PATCH", one, SCOPE, self.update),
            Route("DELETE", one, SCOPE, self.delete),
            Route("GET", one + "/attempts", SCOPE, self.attempts),
            Route("POST", one + "/rotate", SCOPE, self.rotate),
            Route("POST", one + "/test", SCOPE, self.test),
            Route("POST", one + "/pause", SCOPE, self.pause),
            Route("POST", one + "/resume", SCOPE, self.resume),
        ]

    async def list(self, call: Call) -> Answer:
        found = await self._store.endpoints(call.caller.account_id)
        return success({"webhooks": [form.show(stored.endpoint) for stored in found]})

    async def create(self, call: Call) -> Answer:
        account_id, at_ms = call.caller.account_id, call.stamp.at_ms
        blank = form.blank(account_id, new_id(at_ms), at_ms)
        made = _read(await read_object(call.request), blank, at_ms, self._known)
        if len(await self._store.endpoints(account_id)) >= ENDPOINT_LIMIT:
            raise ApiError(409, f"an account has at most {ENDPOINT_LIMIT} webhooks; delete one first")
        text = sign.new_secret()
        secret = sign.Secret(self._known.vault.seal(text, account_id, made.id))
        await self._store.add_endpoint(Stored(sealed(self._known.vault, made), [secret]))
        return _shown(made, text, 201)

    async def get(self, call: Call) -> Answer:
        return _shown((await self._stored(call)).endpoint)

    async def update(self, call: Call) -> Answer:
        body, stored, vault = await read_object(call.request), await self._stored(call), self._known.vault
        before = opened(vault, stored.endpoint)
        changed = _read(body, before, call.stamp.at_ms, self._known)
        if changed is not before:
            await self._save(stored, sealed(vault, changed))
        return _shown(changed)

    async def delete(self, call: Call) -> Answer:
        stored = await self._stored(call)
        await self._store.delete_endpoint(stored.endpoint.account_id, stored.endpoint.id)
        return success(None)

    async def rotate(self, call: Call) -> Answer:
        """The old secret signs along for a day."""
        endpoint = (await self._stored(call)).endpoint
        text = sign.new_secret()
        newest = self._known.vault.seal(text, endpoint.account_id, endpoint.id)
        await self._store.rotate(endpoint.account_id, endpoint.id, newest, call.stamp.at_ms)
        return _shown(endpoint, text)

    async def test(self, call: Call) -> Answer:
        """Sends one now, whatever state the endpoint is in, and tells what came of it."""
        attempt = await test(self._known, await self._stored(call), call.stamp.at_ms)
        return success(
            {
                "delivered": schedule.is_success(attempt.status),
                "status": attempt.status,
                "error": attempt.error,
                "detail": attempt.detail,
                "durationMs": attempt.duration_ms,
                "address": attempt.remote,
                "answer": attempt.answer,
            }
        )

    async def pause(self, call: Call) -> Answer:
        stored = await self._stored(call)
        return await self._moved(call, stored, health.disabled(stored.endpoint.health, "asked", call.stamp.at_ms))

    async def resume(self, call: Call) -> Answer:
        stored = await self._stored(call)
        return await self._moved(call, stored, health.enabled(stored.endpoint.health, call.stamp.at_ms))

    async def attempts(self, call: Call) -> Answer:
        endpoint = (await self._stored(call)).endpoint
        found = await self._store.attempts(endpoint.account_id, endpoint.id, call.stamp.at_ms + 1, 100)
        return success({"attempts": [_attempt(structs.asdict(one)) for one in found]})

    async def _moved(self, call: Call, stored: Stored, state: health.Health) -> Answer:
        changed = structs.replace(stored.endpoint, health=state)
        await self._save(stored, changed)
        return _shown(changed)

    async def _save(self, stored: Stored, changed: Endpoint) -> None:
        if changed.health != stored.endpoint.health:
            await self._store.save_health(changed.account_id, changed.id, changed.health)
        await self._store.save_endpoint(changed)

    async def _stored(self, call: Call) -> Stored:
        endpoint_id = call.request.path_params["endpoint_id"]
        found = None
        if ID.fullmatch(endpoint_id):
            found = await self._store.endpoint(call.caller.account_id, endpoint_id)
        if found is None:
            raise ApiError(404, NOT_FOUND)
        return found

    @property
    def _known(self) -> Outside:
        assert self._outside is not None
        return self._outside

    @property
    def _store(self) -> Outbox:
        return self._known.store


def _read(body: dict[str, Any], stored: Endpoint, at_ms: int, outside: Outside) -> Endpoint:
    """Raises `InvalidFields`."""
    found = form.read(body, stored, at_ms, outside.rules)
    if found.problems:
        raise InvalidFields(found.problems)
    return found.endpoint


def _shown(endpoint: Endpoint, secret: str | None = None, status: int = 200) -> Answer:
    """The answer to creating and rotating carries the secret, this once."""
    return success(form.show(endpoint) | ({} if secret is None else {"secret": secret}), status=status)


def _attempt(members: dict[str, Any]) -> dict[str, Any]:
    return {_camel(name): value for name, value in members.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
