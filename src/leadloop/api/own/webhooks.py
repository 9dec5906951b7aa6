"""Webhook endpoints: `/api/v1/webhooks` (semantics sections 8 and 10)."""

from leadloop.api.body import read_object
from leadloop.api.call import Answer, Call, Route
from leadloop.api.errors import ApiError
from leadloop.api.leadsail.routes import success
from leadloop.api.own.webhooks_deliveries import Deliveries
from leadloop.api.pages import bounded
from leadloop.webhooks import form, listing, manage
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import StoredEndpoint
from leadloop.webhooks.sending import SenderContext, send_test

SCOPE = "webhooks:manage"
READS = "leads:read"
"""Needed beside it by whatever carries leads out (semantics section 6)."""
CARRIERS = ("url", "body")
"""What of an endpoint says where leads go, and as what."""
NOT_FOUND = "webhook not found: there is no endpoint with this id in the account"


class Webhooks:
    """`sender_context` is made when the server starts; the routes are known before."""

    def __init__(self, sender_context: SenderContext | None) -> None:
        self._sender_context = sender_context

    def routes(self) -> list[Route]:
        all_of_them, one = "/api/v1/webhooks", "/api/v1/webhooks/{endpoint_id}"
        deliveries = Deliveries(self.stored)
        return [
            Route("GET", all_of_them, SCOPE, bounded(self.list)),
            Route("POST", all_of_them, SCOPE, self.create, also=READS),
            Route("GET", one, SCOPE, self.get),
            Route("PATCH", one, SCOPE, self.update),
            Route("DELETE", one, SCOPE, self.delete),
            Route("POST", one + "/rotate", SCOPE, self.rotate),
            Route("POST", one + "/test", SCOPE, self.test, also=READS),
            Route("POST", one + "/pause", SCOPE, self.pause),
            Route("POST", one + "/resume", SCOPE, self.resume),
            Route("GET", one + "/deliveries", SCOPE, bounded(deliveries.list)),
            Route("GET", one + "/attempts", SCOPE, bounded(deliveries.attempts)),
            Route("POST", one + "/deliveries/{event_id}/resend", SCOPE, deliveries.resend, also=READS),
            Route("POST", one + "/recover", SCOPE, deliveries.recover, also=READS),
            Route("POST", one + "/replay", SCOPE, deliveries.replay, also=READS),
        ]

    async def list(self, call: Call) -> Answer:
        found = await call.store.endpoints(call.caller.account_id)
        rules = self._known.rules
        allows = {"http": rules.allow_http, "privateAddresses": rules.allow_private}
        return success({"webhooks": [form.show(stored.endpoint) for stored in found], "allows": allows})

    async def create(self, call: Call) -> Answer:
        made = await manage.create(self._known, call.caller.account_id, await read_object(call.request))
        if made is None:
            raise ApiError(409, f"an account has at most {ENDPOINT_LIMIT} webhooks; delete one first")
        return _with_secret(made.endpoint, made.secret, 201)

    async def get(self, call: Call) -> Answer:
        return _shown((await self.stored(call)).endpoint)

    async def update(self, call: Call) -> Answer:
        body = await read_object(call.request)
        endpoint = (await self.stored(call)).endpoint
        shown = form.show(endpoint)
        if any(name in body and body[name] != shown[name] for name in CARRIERS):
            call.caller.require(READS)
        return _shown(await manage.update(self._known, endpoint, body))

    async def delete(self, call: Call) -> Answer:
        endpoint = (await self.stored(call)).endpoint
        await call.store.delete_endpoint(endpoint.account_id, endpoint.id, call.stamp.at_ms)
        return success(None)

    async def rotate(self, call: Call) -> Answer:
        made = await manage.rotate(self._known, (await self.stored(call)).endpoint)
        if made is None:
            raise ApiError(404, NOT_FOUND)
        return _with_secret(made.endpoint, made.secret)

    async def test(self, call: Call) -> Answer:
        """Sends one now, whatever state the endpoint is in, and tells what came of it."""
        return success(listing.test(await send_test(self._known, await self.stored(call), call.stamp.at_ms)))

    async def pause(self, call: Call) -> Answer:
        return _shown(await manage.pause(call.store, (await self.stored(call)).endpoint, call.stamp.at_ms))

    async def resume(self, call: Call) -> Answer:
        return _shown(await manage.resume(call.store, (await self.stored(call)).endpoint, call.stamp.at_ms))

    async def stored(self, call: Call) -> StoredEndpoint:
        """The endpoint of the path. Raises `ApiError` 404."""
        found = await manage.find(call.store, call.caller.account_id, call.request.path_params["endpoint_id"])
        if found is None:
            raise ApiError(404, NOT_FOUND)
        return found

    @property
    def _known(self) -> SenderContext:
        assert self._sender_context is not None
        return self._sender_context


def _shown(endpoint: Endpoint | None) -> Answer:
    if endpoint is None:
        raise ApiError(404, NOT_FOUND)
    return success(form.show(endpoint))


def _with_secret(endpoint: Endpoint, secret: str, status: int = 200) -> Answer:
    return success({**form.show(endpoint), "secret": secret}, status=status)
