"""Webhook endpoints: `/api/v1/webhooks` (semantics sections 8 and 10)."""

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.errors import ApiError
from leadloop.api.own.webhooks_deliveries import PAGE_PARAMETERS, Deliveries
from leadloop.api.pages import bounded
from leadloop.core.errors import Problem
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


class Webhooks:
    """`sender_context` is `None` where only the routes are needed."""

    def __init__(self, sender_context: SenderContext | None) -> None:
        self._sender_context = sender_context

    def routes(self) -> list[Route]:
        endpoints, endpoint = "/api/v1/webhooks", "/api/v1/webhooks/{endpoint_id}"
        deliveries = Deliveries(self.stored)
        return [
            Route("GET", endpoints, SCOPE, bounded(self.list)),
            Route("POST", endpoints, SCOPE, self.create, Takes.OBJECT, also=READS),
            Route("GET", endpoint, SCOPE, self.get),
            Route("PATCH", endpoint, SCOPE, self.update, Takes.OBJECT),
            Route("DELETE", endpoint, SCOPE, self.delete),
            Route("POST", endpoint + "/rotate", SCOPE, self.rotate),
            Route("POST", endpoint + "/test", SCOPE, self.test, also=READS),
            Route("POST", endpoint + "/pause", SCOPE, self.pause),
            Route("POST", endpoint + "/resume", SCOPE, self.resume),
            Route("GET", endpoint + "/deliveries", SCOPE, bounded(deliveries.list), query=(*PAGE_PARAMETERS, "state")),
            Route("GET", endpoint + "/attempts", SCOPE, bounded(deliveries.attempts), query=PAGE_PARAMETERS),
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
        made = await manage.create(self._context, call.caller.account_id, call.body)
        if made is None:
            raise ApiError(409, Problem("webhook_limit", limit=ENDPOINT_LIMIT))
        return _with_secret(made.endpoint, made.secret, 201)

    async def get(self, call: Call) -> Answer:
        return _shown((await self.stored(call)).endpoint)

    async def update(self, call: Call) -> Answer:
        body, endpoint = call.body, (await self.stored(call)).endpoint
        shown = form.show(endpoint)
        if any(name in body and body[name] != shown[name] for name in CARRIERS):
            call.caller.require(READS)
        return _shown(await manage.update(self._context, endpoint, body))

    async def delete(self, call: Call) -> Answer:
        endpoint = (await self.stored(call)).endpoint
        await call.store.endpoints.delete(endpoint.account_id, endpoint.id, call.stamp.at_ms)
        return success(None)

    async def rotate(self, call: Call) -> Answer:
        made = await manage.rotate(self._context, (await self.stored(call)).endpoint)
        if made is None:
            raise ApiError(404, NOT_FOUND)
        return _with_secret(made.endpoint, made.secret)

    async def test(self, call: Call) -> Answer:
        """Sends a test delivery now, whatever the endpoint's state, and returns its result."""
        return success(listing.test(await send_test(self._context, await self.stored(call), call.stamp.at_ms)))

    async def pause(self, call: Call) -> Answer:
        return _shown(await manage.pause(call.store, (await self.stored(call)).endpoint, call.stamp.at_ms))

    async def resume(self, call: Call) -> Answer:
        return _shown(await manage.resume(call.store, (await self.stored(call)).endpoint, call.stamp.at_ms))

    async def stored(self, call: Call) -> StoredEndpoint:
        """The endpoint of the path. Raises `ApiError` 404."""
        stored = await manage.find(call.store, call.caller.account_id, call.request.path_params["endpoint_id"])
        if stored is None:
            raise ApiError(404, NOT_FOUND)
        return stored

    @property
    def _context(self) -> SenderContext:
        assert self._sender_context is not None
        return self._sender_context


def _shown(endpoint: Endpoint | None) -> Answer:
    if endpoint is None:
        raise ApiError(404, NOT_FOUND)
    return success(form.show(endpoint))


def _with_secret(endpoint: Endpoint, secret: str, status: int = 200) -> Answer:
    return success({**form.show(endpoint), "secret": secret}, status=status)
