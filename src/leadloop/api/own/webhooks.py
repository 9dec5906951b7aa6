"""Webhook endpoints: `/api/v1/webhooks` (semantics sections 8 and 10)."""

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.errors import ApiError
from leadloop.api.own.once import CREATED, create_once
from leadloop.api.own.webhooks_deliveries import PAGE_PARAMETERS, DeliveryRoutes
from leadloop.api.pages import limit_unread
from leadloop.core.errors import Problem
from leadloop.core.writes.idempotency import AnswerKey
from leadloop.webhooks import form, listing, manage
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import StoredEndpoint
from leadloop.webhooks.sending import SenderContext, send_test

SCOPE = "webhooks:manage"
READS = "leads:read"
"""Also required for operations that send leads out (semantics section 6)."""
CARRIERS = ("url", "body")
"""The properties that say where leads are sent, and in which shape."""
NOT_FOUND = Problem("webhook_not_found")


class WebhookRoutes:
    """`sender_context` is `None` where only the routes are needed."""

    def __init__(self, sender_context: SenderContext | None) -> None:
        self._sender_context = sender_context

    def routes(self) -> list[Route]:
        endpoints, endpoint = "/api/v1/webhooks", "/api/v1/webhooks/{endpoint_id}"
        deliveries = DeliveryRoutes(self.stored)
        return [
            Route("GET", endpoints, SCOPE, limit_unread(self.list)),
            Route("POST", endpoints, SCOPE, self.create, Takes.NEW, also=READS),
            Route("GET", endpoint, SCOPE, self.get),
            Route("PATCH", endpoint, SCOPE, self.update, Takes.OBJECT),
            Route("DELETE", endpoint, SCOPE, self.delete),
            Route("POST", endpoint + "/rotate", SCOPE, self.rotate),
            Route("POST", endpoint + "/test", SCOPE, self.test, also=READS),
            Route("POST", endpoint + "/pause", SCOPE, self.pause),
            Route("POST", endpoint + "/resume", SCOPE, self.resume),
            Route(
                "GET", endpoint + "/deliveries", SCOPE, limit_unread(deliveries.list), query=(*PAGE_PARAMETERS, "state")
            ),
            Route("GET", endpoint + "/attempts", SCOPE, limit_unread(deliveries.attempts), query=PAGE_PARAMETERS),
            Route("POST", endpoint + "/deliveries/{event_id}/resend", SCOPE, deliveries.resend, also=READS),
            Route("POST", endpoint + "/recover", SCOPE, deliveries.recover, Takes.OBJECT, also=READS),
            Route("POST", endpoint + "/replay", SCOPE, deliveries.replay, Takes.OBJECT, also=READS),
        ]

    async def list(self, call: Call) -> Answer:
        endpoints = await call.store.endpoints.all(call.caller.account_id)
        rules = self._context.rules
        allows = {"http": rules.allow_http, "privateAddresses": rules.allow_private}
        return success({"webhooks": [form.show(stored.endpoint) for stored in endpoints], "allows": allows})

    async def create(self, call: Call) -> Answer:
        account_id = call.caller.account_id

        async def create(key: AnswerKey | None) -> Answer:
            made = await manage.create(self._context, call.stamp, account_id, call.body, key)
            if made is None:
                raise ApiError(409, Problem("webhook_limit", limit=ENDPOINT_LIMIT))
            return _with_secret(made.endpoint, made.secret, CREATED)

        async def replay(endpoint_id: str) -> Answer:
            return _shown((await self._stored(call, endpoint_id)).endpoint, CREATED)

        return await create_once(call, create, replay)

    async def get(self, call: Call) -> Answer:
        return _shown((await self.stored(call)).endpoint)

    async def update(self, call: Call) -> Answer:
        body, endpoint = call.body, (await self.stored(call)).endpoint
        shown = form.show(endpoint)
        if any(name in body and body[name] != shown[name] for name in CARRIERS):
            call.caller.require(READS)
        return _shown(await manage.update(self._context, call.stamp, endpoint, body))

    async def delete(self, call: Call) -> Answer:
        await manage.delete(call.store, call.stamp, (await self.stored(call)).endpoint)
        return success(None)

    async def rotate(self, call: Call) -> Answer:
        made = await manage.rotate(self._context, call.stamp, (await self.stored(call)).endpoint)
        if made is None:
            raise ApiError(404, NOT_FOUND)
        return _with_secret(made.endpoint, made.secret)

    async def test(self, call: Call) -> Answer:
        """Sends a test delivery now, whatever the endpoint's state, and returns its result."""
        return success(listing.test(await send_test(self._context, await self.stored(call), call.stamp.at_ms)))

    async def pause(self, call: Call) -> Answer:
        return _shown(await manage.pause(call.store, call.stamp, (await self.stored(call)).endpoint))

    async def resume(self, call: Call) -> Answer:
        return _shown(await manage.resume(call.store, call.stamp, (await self.stored(call)).endpoint))

    async def stored(self, call: Call) -> StoredEndpoint:
        """The endpoint of the path. Raises `ApiError` 404."""
        return await self._stored(call, call.request.path_params["endpoint_id"])

    async def _stored(self, call: Call, endpoint_id: str) -> StoredEndpoint:
        stored = await manage.find(call.store, call.caller.account_id, endpoint_id)
        if stored is None:
            raise ApiError(404, NOT_FOUND)
        return stored

    @property
    def _context(self) -> SenderContext:
        assert self._sender_context is not None
        return self._sender_context


def _shown(endpoint: Endpoint | None, status: int = 200) -> Answer:
    if endpoint is None:
        raise ApiError(404, NOT_FOUND)
    return success(form.show(endpoint), status=status)


def _with_secret(endpoint: Endpoint, secret: str, status: int = 200) -> Answer:
    return success({**form.show(endpoint), "secret": secret}, status=status)
