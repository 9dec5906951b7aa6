"""Reads error answers, and has leads to send, for the tests of both dialects."""

from typing import Any

import httpx

FULL: dict[str, Any] = {
    "campaign": {
        "campaignId": "ABC",
        "name": "Debt relief",
        "clientId": "cl_1",
        "clientName": "Client One",
        "clientAbbrev": "C1",
        "offerId": "of_1",
        "offerName": "Offer One",
        "offerAbbrev": "O1",
    },
    "approval": {
        "status": "pending",
        "campaignId": "ABC",
        "decidedBy": "Bob",
        "decidedAt": "2026-01-02T03:04:05.678Z",
        "reason": "Looks fine",
    },
    "firstName": "Zoë",
    "lastName": "O'Neil",
    "email": "zoe@example.test",
    "phone": "+1 212 555 1234",
    "country": "US",
    "address": {
        "street": "1 Main St",
        "unit": "4B",
        "city": "Austin",
        "state": "TX",
        "zip": "78701",
        "country": "US",
    },
    "dateOfBirth": "1984-02-29",
    "timezone": "America/Chicago",
    "timezoneSource": "zip",
    "notes": [{"id": "n1", "text": "Hello\n\tthere", "createdAt": "2026-01-01T00:00:00.000Z", "createdBy": "Bob"}],
    "questionnaire": [
        {"key": "q1", "question": "How much?", "answer": "much"},
        {"key": "q2", "answer": {"min": 1, "of": [True, None, 2.5, "x"]}},
        {"key": "q3", "answer": False},
    ],
    "attribution": {
        "params": {"utm_source": "google", "x/y~z": "1"},
        "captureUrl": "https://example.com/form?a=1",
        "referrer": "https://example.com/",
        "ipAddress": "192.0.2.1",
        "userAgent": "Mozilla/5.0",
        **{name: name for name in ("gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "ttclid", "ttp")},
        **{name: name for name in ("msclkid", "tblci", "adPlatform", "capturePlatform")},
    },
    "compliance": {
        "tcpaConsent": True,
        "tcpaText": "I agree",
        "tcpaTimestamp": "2026-01-01T00:00:00Z",
        "trustedFormCertUrl": "https://cert.example/1",
        "jornayaLeadId": "j1",
        "consentIpAddress": "192.0.2.1",
        "consentUrl": "https://example.com/consent",
        "partner": {"ids": [1, 2]},
    },
    "customFields": {"plan": "gold", "score": 1.5, "tree": {"a": [None, {}]}},
    "status": "contacted",
    "detail": "Asked for a quote",
    "flags": {"isTest": True, "isDuplicate": False, "isImported": True, "isDnc": False, "own": True},
    "tags": ["vip", "late"],
    "clientLeadId": "C-1",
    "repostedTo": ["XY", {"campaignId": "Z9", "at": 1}],
    "latestSubmittedAt": "2026-01-31T13:45:00.000Z",
    "lastActivityAt": "2026-02-01T00:00:00.001Z",
    "deliveredAt": "1969-12-31T23:59:59.999Z",
    "submissionCount": 0,
}
"""Every field that LeadSail's PATCH accepts, as GET returns it (`deleteQuestionnaireKeys` is never returned)."""

UPDATED = {"success": True, "data": None}


def details(answer: httpx.Response) -> list[str]:
    """The problem lines of a LeadSail 400; checks that its body has the published form."""
    assert answer.status_code == 400, f"{answer.status_code} {answer.text[:500]}"
    error = answer.json()["error"]
    assert answer.json() == {"success": False, "error": error}
    assert error == {"code": "VALIDATION_ERROR", "message": "Invalid input data", "details": error["details"]}
    assert 1 <= len(error["details"]) <= 50
    return list(error["details"])


def refused(answer: httpx.Response) -> list[str]:
    """The field that each problem line of a LeadSail 400 names, in order."""
    return [line.partition(": ")[0] for line in details(answer)]


def version(answer: httpx.Response) -> int:
    """The lead's version, from the `ETag`."""
    tag = answer.headers["ETag"]
    assert tag[0] == tag[-1] == '"', tag
    return int(tag[1:-1])
