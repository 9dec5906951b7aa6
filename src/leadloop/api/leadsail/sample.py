"""The lead of a first try."""

from leadloop.api.sample import SampleLead

_CONSTANTS = {"campaignId": "first-test", "flags": {"isTest": True}}

SAMPLE = SampleLead(
    title="LeadSail",
    path="/api/v1/leads",
    body={
        "firstName": "Ana",
        "lastName": "Souza",
        "email": "ana@example.com",
        "phone": "+55 11 98765-4321",
        **_CONSTANTS,
    },
    labels={"firstName": "First name", "lastName": "Last name", "email": "E-mail", "phone": "Phone"},
    constants=_CONSTANTS,
)
