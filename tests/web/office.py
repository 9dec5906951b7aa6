"""An account of its own for tests of the pages of leads."""

import re
from typing import Any

import httpx
from msgspec import structs

from lab.server import Client
from lab.site import Site, Visitor
from lab.stores import with_store
from leadloop.core.leads.model import Lead
from leadloop.core.people.roles import Role
from leadloop.webhooks.ports import WebhookStore
from tests.web.pages import open_page, text_of


class Office:
    """An account of its own, with a signed-in owner and a key."""

    def __init__(self, site: Site, **options: Any) -> None:
        self.site = site
        self.account_id = site.add_account("Escritório", **options)
        owner = site.add_person(self.account_id, "Olga Prado", Role.OWNER)
        self.http = site.http(site.sign_in(owner.email))
        self.client: Client = site.server.client(account_id=self.account_id)

    def path(self, lead_id: str, rest: str = "") -> str:
        return f"/app/{self.account_id}/leads/{lead_id}{rest}"

    def page(self, lead_id: str, rest: str = "", status: int = 200) -> httpx.Response:
        return open_page(self.http, self.path(lead_id, rest), status)

    def stored(self, lead_id: str) -> Lead:
        lead = with_store(self.site.server.database, lambda store: store.leads.get(self.account_id, lead_id))
        assert lead is not None
        return lead

    def close(self) -> None:
        self.http.close()
        self.client.close()


def main_of(answer: httpx.Response) -> str:
    """The text of the page without navigation and dialogs."""
    part = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    assert part is not None
    return text_of(httpx.Response(200, text=part[0]))


def link_salesperson(site: Site, person: Visitor, user_id: str) -> None:
    """From now on this user of the catalogue is the person."""

    async def link(store: WebhookStore) -> None:
        await store.memberships.change(
            person.account_id, person.id, lambda membership, _: structs.replace(membership, catalogue_user_id=user_id)
        )

    with_store(site.server.database, link)
