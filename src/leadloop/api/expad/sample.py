"""The lead of a first try."""

from leadloop.api.sample import SampleLead

SAMPLE = SampleLead(
    title="Expad",
    path="/v1/account/{account_id}/lead",
    body={"name": "Ana Souza", "phoneNumber": "11 98765-4321"},
    labels={"name": "Name", "phoneNumber": "Phone"},
)
