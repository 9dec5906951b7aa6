"""The media types and encodings of a body (semantics sections 3 and 7)."""

import gzip

import pytest

from lab.server import Client
from tests.support.dialects import JSON, api_of, lines

DIALECTS = ["expad", "leadsail"]
TAKEN = [
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json ; charset=utf8; x=y",
    "application/merge-patch+json",
    "application/merge-patch+json; charset=UTF-8",
]
REFUSED = [
    "",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/json-patch+json",
    "application/jsonx",
    "json",
    "*/*",
    "application/json; charset=iso-8859-1",
    "application/json; charset=utf-16",
]
ACCEPTED = "application/json, application/merge-patch+json"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_both_json_types_are_taken(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for number, media_type in enumerate(TAKEN):
        answer = api.patch(lead, f'{{"{api.text}": "{number}"}}', {"Content-Type": media_type})
        assert answer.status_code == 200, media_type
        assert api.shown(lead)[api.text] == str(number)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_missing_or_other_type_is_refused(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    before = api.shown(lead)
    for headers in ({}, *({"Content-Type": media_type} for media_type in REFUSED)):
        for answer in (api.patch(lead, "{}", headers), api.post("{}", headers)):
            lines(answer, dialect, 415)
            assert answer.headers["Accept-Patch"] == ACCEPTED
    assert api.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_body_is_never_encoded(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for encoding in ("gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "x"):
        answer = api.patch(lead, gzip.compress(b"{}"), {**JSON, "Content-Encoding": encoding})
        lines(answer, dialect, 415)
        assert "Accept-Patch" in answer.headers
    for encoding in ("identity", "Identity"):
        assert api.patch(lead, "{}", {**JSON, "Content-Encoding": encoding}).status_code == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reading_and_deleting_need_none(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for path in (api.leads, api.lead(lead)):
        assert client.http.request("GET", path, headers={"Content-Type": "text/plain"}).status_code == 200
    assert (
        client.http.request("DELETE", f"/api/v1/leads/{lead}", headers={"Content-Encoding": "gzip"}).status_code == 200
    )
