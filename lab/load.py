"""Many concurrent writers over HTTP. Each update adds something unique to a lead, so that a lost one is noticed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from lab.async_http import AsyncHttp
from lab.server import Client
from leadloop.core.leads.model import Lead


class Update(NamedTuple):
    """One PATCH: its body, and the field and key that it must set in the stored lead."""

    dialect: str
    body: dict[str, Any]
    field: str
    key: str

    @property
    def pointer(self) -> str:
        """The pointer in the change record."""
        return f"/{self.field}/{self.key}"


class Ack(NamedTuple):
    """An update that was answered 200, and the version in the answer."""

    lead_id: str
    update: Update
    version: int


Kind = Callable[[str], Update]

KINDS: Sequence[Kind] = (
    lambda key: Update("leadsail", {"customFields": {key: f"value of {key}"}}, "custom_fields", key),
    lambda key: Update("expad", {"conversionSteps": {key: True}}, "steps", key),
    lambda key: Update("leadsail", {"flags": {key: True}}, "flags", key),
    lambda key: Update("expad", {"fields": [{"id": key, "name": "Q", "value": "A"}]}, "answers", key),
    lambda key: Update("leadsail", {"attribution": {"params": {key: "x"}}}, "params", key),
    lambda key: Update("leadsail", {"notes": [{"id": key, "text": "called"}]}, "notes", key),
    lambda key: Update("expad", {"activities": [{"id": key, "kind": "CALL"}]}, "activities", key),
    lambda key: Update("leadsail", {"compliance": {key: "yes"}}, "consent", key),
)
"""One for each collection of a lead, in both dialects."""


def find_missing(lead: Lead, sent: Iterable[Update]) -> list[Update]:
    """The updates that are not in the stored lead."""
    doc = msgspec.to_builtins(lead)
    keys = {name: _keys(doc.get(name)) for name in {update.field for update in sent}}
    return [update for update in sent if update.key not in keys[update.field]]


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return {item.get("id") or item.get("key") for item in value}
    return set(value or ())


class Load:
    """Writers against one server, as one client; `acks` are the updates acknowledged so far."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.acks: list[Ack] = []
        self.created: list[str] = []

    async def send(self, http: AsyncHttp, lead_id: str, update: Update) -> None:
        """Sends an update and records its acknowledgement. Raises `httpx.TransportError` without an answer."""
        path = f"/v1/account/{self.client.account_id}/lead/" if update.dialect == "expad" else "/api/v1/leads/"
        answer = await http.patch(path + lead_id, json=update.body)
        assert answer.status_code == 200, answer.text
        self.acks.append(Ack(lead_id, update, int(answer.headers["etag"].strip('"'))))

    async def create(self, http: AsyncHttp) -> str:
        """Creates a lead and records its id."""
        answer = await http.post(f"/v1/account/{self.client.account_id}/lead", json={"name": "Ana Souza"})
        assert answer.status_code == 200, answer.text
        self.created.append(str(answer.json()["leadId"]))
        return self.created[-1]

    def connect(self) -> AsyncHttp:
        return AsyncHttp(self.client.url, self.client.key)
