"""`leadloop webhooks` beside a server that may send to loopback."""

from typing import Any

from lab.server import Client
from tests.cli.command import Done
from tests.cli.instance import Instance

SENDING = {"WEBHOOKS_ALLOW_HTTP": "true", "WEBHOOKS_ALLOW_PRIVATE": "true"}
"""For the command that sends by itself."""


class Webhooks:
    """The commands, about the account of `owner`."""

    def __init__(self, instance: Instance, owner: Client) -> None:
        self._instance, self.owner = instance, owner

    def __call__(self, verb: str, *arguments: str) -> Done:
        variables = SENDING if verb == "test" else {}
        return self._instance("webhooks", verb, *arguments, "--account", self._instance.account, **variables)

    def create(self, *options: str) -> dict[str, Any]:
        return dict(self("create", *options, "--json").json)

    def listed(self) -> list[dict[str, Any]]:
        """By the API."""
        return list(self.owner.leadsail("GET", "webhooks").json()["data"]["webhooks"])
