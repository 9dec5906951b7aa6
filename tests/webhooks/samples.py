"""A lead with a past, how the dialects show it, and endpoints: what the tests of webhooks speak of."""

from functools import partial
from typing import Any

from msgspec import structs

from leadloop.api.expad import wire as expad
from leadloop.api.kinds import Epoch
from leadloop.api.leadsail import wire as leadsail
from leadloop.api.own.wire import Records
from leadloop.core.changes import Change
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.webhooks.bodies import Views
from leadloop.webhooks.endpoints import ChangeView, Endpoint
from leadloop.webhooks.form import blank
from tests.core.desk import ACCOUNT, EXPAD_DIALECT, LEADSAIL_DIALECT, Desk
from tests.support.strategies import EXPAD

AT_MS = 1_700_000_000_000
ENDPOINT = "e" * 24

_RECORDS = Records(EXPAD)


def leadsail_changed(change: Change) -> list[str]:
    """As the change feed names it."""
    return list(dict.fromkeys(place.name for field in change.fields for place in _RECORDS.places(field.field)))


VIEWS = Views(
    leadsail_show=leadsail.show,
    expad_show=lambda lead: expad.show(EXPAD, lead),
    change=ChangeView(leadsail_changed, partial(expad.differs, EXPAD)),
    expad_time=Epoch().show,
    is_field=_RECORDS.is_field,
)

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
    found = Desk()
    found.create(EXPAD_DIALECT, NEW)
    found.patch(LEADSAIL_DIALECT, UPDATE)
    found.delete()
    found.patch(EXPAD_DIALECT, {"markedForDeletion": False})
    return found


def as_of(found: Desk, version: int) -> tuple[Lead, Change]:
    return fold(found.records[:version]), found.records[version - 1]


def before(found: Desk, version: int) -> Lead | None:
    """The lead that the change to `version` found."""
    return as_of(found, version - 1)[0] if version > 1 else None


def endpoint(**members: Any) -> Endpoint:
    made = blank(ACCOUNT, members.pop("id", ENDPOINT), AT_MS)
    return structs.replace(made, url="https://example.com/hooks", **members)
