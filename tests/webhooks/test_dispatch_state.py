"""What a worker's view of an endpoint says of its health."""

from leadloop.egress.repeating import Attempt
from leadloop.webhooks.dispatch_state import EndpointState
from leadloop.webhooks.endpoints import Delivery, Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import Claim, StoredEndpoint
from tests.storage.database import ACCOUNT, START_MS
from tests.webhooks.days import DAY_MS, E


def state_of_an_endpoint() -> EndpointState:
    endpoint = Endpoint(account_id=ACCOUNT, id=E, url="https://a.example", attempts=1, created_at_ms=1, updated_at_ms=1)
    return EndpointState(StoredEndpoint(endpoint, []), Health())


def claim(number: int, at_ms: int) -> Claim:
    delivery = Delivery(
        account_id=ACCOUNT, endpoint_id=E, lead_id=f"{number:024}", version=1, event="lead.created", at_ms=at_ms
    )
    return Claim(delivery, 0, "change", "token")


def fail_each_three_days(state: EndpointState, *, claimed: int | None, wakes_late: bool) -> Health:
    """Three deliveries that fail for good. The claim gets one delivery, or as many as it asked for."""
    for number in range(3):
        at_ms = START_MS + number * 3 * DAY_MS
        state.wake()
        request = state.claim_request(at_ms, 8)
        assert request is not None
        state.start(request, request.most if claimed is None else claimed, at_ms)
        if wakes_late:
            state.wake()
        state.complete(claim(number, at_ms), Attempt(at_ms, 10, 500), probe=False)
        state.in_flight = 0
    return state.health


def test_a_wake_that_comes_after_the_claim_does_not_make_the_time_after_it_silence() -> None:
    for wakes_late in (False, True):
        health = fail_each_three_days(state_of_an_endpoint(), claimed=1, wakes_late=wakes_late)
        assert (health.state, health.silent_ms, health.failures) == ("active", 0, 3)


def test_deliveries_that_the_claim_left_make_it_silence() -> None:
    health = fail_each_three_days(state_of_an_endpoint(), claimed=None, wakes_late=False)
    assert health.silent_ms > 0
