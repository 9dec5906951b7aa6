"""An account of mode test sends to loopback only, whatever its endpoint says."""

import asyncio

from lab.receiver import Receiver
from leadloop.egress.addresses import Rules
from leadloop.egress.exchange import OutgoingRequest
from leadloop.webhooks.account_sender import AccountSender
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database
from tests.storage.people import account

OPEN = Rules(allow_http=True, allow_private=True)
UNKNOWN = "f" * 24
OUTSIDE = ("https://hooks.example.com/", "http://192.0.2.1:9000/", "http://10.255.255.1:9000/", "https://8.8.8.8/")


def test_an_account_of_mode_test_sends_to_loopback_only(database: Database, receiver: Receiver) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await store.accounts.add(account(is_test=True))
            await store.accounts.add(account(OTHER_ACCOUNT))
            sender = AccountSender(store, OPEN)
            try:
                for account_id in (ACCOUNT, OTHER_ACCOUNT, UNKNOWN):
                    attempt = await sender.send(account_id, request(receiver.url))
                    assert (attempt.status, attempt.error) == (200, None)
                for account_id in (ACCOUNT, UNKNOWN):
                    for url in OUTSIDE:
                        attempt = await sender.send(account_id, request(url))
                        assert (attempt.status, attempt.error, attempt.remote) == (None, "blocked", None)
                live = await sender.send(OTHER_ACCOUNT, request("http://127.0.0.1:1025/"))
                assert live.error == "connect"
                assert [await sender.is_test(each) for each in (ACCOUNT, OTHER_ACCOUNT)] == [True, False]
                await store.accounts.add(account(UNKNOWN))
                assert not await sender.is_test(UNKNOWN)
            finally:
                await sender.close()

    asyncio.run(run())


def request(url: str) -> OutgoingRequest:
    return OutgoingRequest(None, url, {"webhook-id": "msg_1"}, b"{}", 5.0)
