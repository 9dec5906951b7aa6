"""The log contains no personal data and no secrets, at its most verbose and whatever is sent."""

import socket
from pathlib import Path

import pytest

from lab.receiver import receiving
from lab.server import Client, Leadloop, serving
from lab.webhooks import OPTIONS, subscribe
from leadloop.core.keys import SCOPES
from tests.conftest import new_database

CPF, EMAIL, PHONE, SECRET = "987.654.321-00", "planted@example.org", "+5511912345678", "sesame-0123456789abcdef"
PLANTED = (CPF, EMAIL, PHONE, SECRET)
EVERYTHING = " ".join(PLANTED)


@pytest.mark.slow
def test_nothing_of_what_is_sent_is_in_the_log(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = new_database(engine, tmp_path, request)
    server = Leadloop(engine, database, options=("--log-level", "debug", *OPTIONS))
    with serving(server, SCOPES) as owner, receiving(lambda got, before: 500) as receiver:
        subscribe(owner, receiver, headers={"Authorization": SECRET})
        send_well(owner)
        send_badly(owner)
        send_no_http(owner)
        receiver.until(lambda got: len(got) > 1)
    assert "request refused" in server.output  # it is talkative
    assert [planted for planted in PLANTED if planted in server.output] == []


def send_well(owner: Client) -> None:
    lead = owner.new_lead(email=EMAIL, phoneNumber=PHONE, note=EVERYTHING)
    owner.patch(lead, {"name": EVERYTHING, "externalId": CPF}, headers={"Idempotency-Key": SECRET})
    owner.leadsail("GET", params={"search": f'"{EMAIL}" {PHONE}'})


def send_badly(owner: Client) -> None:
    wrong = {"email": [EMAIL], "phoneNumber": {CPF: PHONE}, EVERYTHING: 1}
    for headers in ({}, {"X-API-Key": SECRET}, {"Prefer": EVERYTHING}, {"If-Match": SECRET}):
        owner.expad("POST", json=wrong, headers=headers)
        owner.leadsail("POST", json=wrong, headers=headers)
        owner.leadsail("GET", f"leads/{EMAIL}", headers=headers)
    owner.leadsail("GET", params={"search": f"nofield:{EMAIL}", "cursor": SECRET, "apikey": SECRET})
    owner.leadsail("POST", content=EVERYTHING, headers={"Content-Type": "application/json"})
    owner.leadsail("POST", "webhooks", json={"url": f"http://{EMAIL}/", "headers": {"x": [SECRET]}})


def send_no_http(owner: Client) -> None:
    host, _, port = owner.url.removeprefix("http://").partition(":")
    for text in (EVERYTHING, f"GET /{EVERYTHING} HTTP/9.9", f"POST / HTTP/1.1\r\nX-API-Key: {SECRET}\r\n:: {CPF}"):
        with socket.create_connection((host, int(port)), timeout=30) as client:
            client.sendall(text.encode() + b"\r\n\r\n")
            client.recv(10_000)
