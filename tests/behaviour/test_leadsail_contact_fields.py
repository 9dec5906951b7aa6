"""The published constraints of the contact fields, each on both sides of its limit."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import UPDATED, refused

TAKEN: dict[str, list[str]] = {
    "firstName": ["M", " ", "Mary Ann", "名", "mary-JANE", "x" * 4096],
    "lastName": ["J", "O'Neil\tJr.", "J" * 300],
    "email": [
        "a@b.co",
        "Mary.Jones+tag@Example.COM",
        "o'neil_x%y@sub.example.test",
        "root@localhost",
        "josé@exämple.com",
        "1@1.1",
    ],
    "phone": ["5551234567", "555 123 4567 ext. 8", "+55 (11) 98765-4321", "0123456789" * 10, "ten letters"],
    "country": ["US", "us", "ÇÃ", "12"],
    "detail": ["", "d" * 65536],
    "clientLeadId": ["", "C-1", "c" * 4096],
}
REFUSED: dict[str, list[Any]] = {
    "firstName": ["", None, 5, True, ["Mary"], {"a": 1}, "x" * 4097],
    "lastName": ["", None, 0, [], "é" * 2049],
    "email": [
        *[
            "",
            "mary",
            "mary@",
            "@example.com",
            "mary@@example.com",
            "mary jones@example.com",
            "a@b c.com",
            "a..b@c.com",
        ],
        *[".a@b.com", "a@-b.com", "a@b..com", "a@b.com.", "a@b.com\n", " a@b.com", "a@b.com,c@d.com", "<a@b.com>"],
        *[None, 1, ["a@b.com"]],
    ],
    "phone": ["", "123456789", "éééééééé9", None, 5551234567, ["5551234567"]],
    "country": ["", "B", "USA", "United States", 12, ["US"]],
    "detail": [1, False, ["x"], "d" * 65537],
    "clientLeadId": [1, {}, "c" * 4097],
}


@pytest.mark.parametrize("field", TAKEN)
def test_valid_values_are_answered_as_published_and_stored_as_sent(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    for value in TAKEN[field]:
        answer = client.patch_leadsail(lead, {field: value})
        assert (answer.status_code, answer.json()) == (200, UPDATED), value[:50]
        assert answer.headers["Content-Type"] == "application/json"
        assert client.get_leadsail(lead)[field] == value


@pytest.mark.parametrize("field", REFUSED)
def test_invalid_values_are_one_line_with_the_fields_name(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    for value in REFUSED[field]:
        answer = client.patch_leadsail(lead, {field: value})
        assert refused(answer) == [field], value
    assert client.get_leadsail(lead) == before
