"""Samples for the tests of webhooks: a lead with a history, the dialects' view of it, and endpoints."""

from typing import Any

from msgspec import structs

from leadloop.app.records import change_view
from leadloop.core.changes import Change
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.settings import DATABASE_DEFAULTS
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.form import blank
from tests.core.desk import ACCOUNT, EXPAD_DIALECT, LEADSAIL_DIALECT, Desk

AT_MS = 1_700_000_000_000
ENDPOINT = "e" * 24

VIEW = change_view(DATABASE_DEFAULTS)
SHAPES = VIEW.shapes

NEW: dict[str, Any] = {
    "name": "Ana Souza",
    "email": "ana@example.com",
    "phoneNumber": "11 98765-4321",
    "address": "Rua A, 1",
    "source": "Feira de Negócios",
    "saleValue": 1250.5,
    "googleCampaignId": 9007199254740993,
    "leadAttributionUser": {"id": "u1", "userName": "Rui", "email": "rui@example.com", "isRealUser": True},
    "leadCart": {
        "leadProducts": [
            {"amount": 2, "product": {"id": "p1", "name": "Consulta", "value": 99.9}},
            {"amount": 1, "value": 10},
        ]
    },
    "fields": [{"id": "f1", "name": "Cor", "value": "azul"}],
    "conversionSteps": {"visited": True, "bought": False},
    "campaignIdData": {"ctwaClid": "ctwa-1"},
    "utmSource": "google",
}
UPDATE: dict[str, Any] = {
    "campaign": {"campaignId": "ABC", "name": "Verão"},
    "status": "contacted",
    "notes": [{"id": "n1", "text": 'Quer uma "ligação" na segunda 😀', "createdBy": "Rui"}],
    "tags": ["vip"],
    "customFields": {"b": 1, "a": {"z": [1.5, None], "y": True}},
}


def desk() -> Desk:
    """A lead that was created in Expad, updated in LeadSail, deleted, and restored in Expad: versions 1 to 4."""
    sample = Desk()
    sample.create(EXPAD_DIALECT, NEW)
    sample.patch(LEADSAIL_DIALECT, UPDATE)
    sample.delete()
    sample.patch(EXPAD_DIALECT, {"markedForDeletion": False})
    return sample


def as_of(sample: Desk, version: int) -> tuple[Lead, Change]:
    return fold(sample.records[:version]), sample.records[version - 1]


def before(sample: Desk, version: int) -> Lead | None:
    """The lead before the change to `version`."""
    return as_of(sample, version - 1)[0] if version > 1 else None


def endpoint(**members: Any) -> Endpoint:
    made = blank(ACCOUNT, members.pop("id", ENDPOINT), AT_MS)
    return structs.replace(made, url="https://example.com/hooks", **members)
