"""Programs to paste that send a lead: curl, a page with a form, JavaScript and PHP, in both lead APIs. Pure.

All of them run on a server or a terminal: a key does not belong into a page of a website.
"""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

LANGUAGES = {"curl": "curl", "html": "HTML + PHP", "javascript": "JavaScript", "php": "PHP"}
APIS = {"expad": "Expad", "leadsail": "LeadSail"}


class Snippet(Struct, frozen=True):
    api: str
    language: str
    text: str
    """The whole program."""
    command: str
    """How to run it; empty if the text is the command."""


class _Api(Struct, frozen=True):
    path: str
    """After the address of the server; `{account_id}` is filled in."""
    lead: dict[str, Any]
    fields: dict[str, str]
    """Field of the form → its label."""
    constants: dict[str, Any]
    """What the form does not ask for."""


_APIS = {
    "expad": _Api(
        "/v1/account/{account_id}/lead",
        {"name": "Ana Souza", "phoneNumber": "11 98765-4321"},
        {"name": "Name", "phoneNumber": "Phone"},
        {},
    ),
    "leadsail": _Api(
        "/api/v1/leads",
        {
            "campaignId": "first-test",
            "firstName": "Ana",
            "lastName": "Souza",
            "email": "ana@example.com",
            "phone": "+55 11 98765-4321",
            "flags": {"isTest": True},
        },
        {"firstName": "First name", "lastName": "Last name", "email": "E-mail", "phone": "Phone"},
        {"campaignId": "first-test", "flags": {"isTest": True}},
    ),
}


def first_call(origin: str, account_id: str, key: str) -> Sequence[Snippet]:
    """One curl command for each API. The shell fills in a key that begins with `$`."""
    return [_curl(name, origin, account_id, key) for name in APIS]


def programs(origin: str, account_id: str, key: str) -> Sequence[Snippet]:
    """Every language in every API."""
    snippets = []
    for name, api in _APIS.items():
        url = _url(api, origin, account_id)
        snippets += [
            _curl(name, origin, account_id, key),
            Snippet(name, "html", _html(api, url, key), "php -S localhost:8000 form.php"),
            Snippet(name, "javascript", _javascript(api, url, key), "node lead.mjs"),
            Snippet(name, "php", _php(api, url, key), "php lead.php"),
        ]
    return snippets


def environment(origin: str, account_id: str, key: str) -> str:
    """Lines for a file `.env`."""
    return f"LEADLOOP_URL={origin}\nLEADLOOP_ACCOUNT={account_id}\nLEADLOOP_KEY={key}\n"


def _url(api: _Api, origin: str, account_id: str) -> str:
    return origin + api.path.format(account_id=account_id)


def _curl(name: str, origin: str, account_id: str, key: str) -> Snippet:
    api = _APIS[name]
    header = f'"X-API-Key: {key}"' if key.startswith("$") else shlex.quote(f"X-API-Key: {key}")
    text = (
        f"curl -X POST {shlex.quote(_url(api, origin, account_id))} \\\n"
        f"  -H {header} -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(api.lead, ensure_ascii=False))}"
    )
    return Snippet(name, "curl", text, "")


def _javascript(api: _Api, url: str, key: str) -> str:
    return f"""\
// lead.mjs
const response = await fetch({json.dumps(url)}, {{
  method: "POST",
  headers: {{ "X-API-Key": {json.dumps(key)}, "Content-Type": "application/json" }},
  body: JSON.stringify({json.dumps(api.lead, ensure_ascii=False)}),
}});
console.log(response.status, await response.json());
"""


def _php_value(value: Any) -> str:
    """As a PHP literal."""
    if isinstance(value, dict):
        return "[" + ", ".join(f"{_php_value(name)} => {_php_value(item)}" for name, item in value.items()) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _php_request(url: str, key: str) -> str:
    return f"""\
$request = curl_init({_php_value(url)});
curl_setopt_array($request, [
    CURLOPT_POSTFIELDS => json_encode($lead),
    CURLOPT_HTTPHEADER => [{_php_value("X-API-Key: " + key)}, 'Content-Type: application/json'],
    CURLOPT_RETURNTRANSFER => true,
]);
$answer = curl_exec($request);
$status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
"""


def _php(api: _Api, url: str, key: str) -> str:
    return f"""\
<?php // lead.php
$lead = {_php_value(api.lead)};
{_php_request(url, key)}echo $status, ' ', $answer, PHP_EOL;
"""


def _html(api: _Api, url: str, key: str) -> str:
    inputs = "\n".join(
        f'  <label>{label} <input name="{name}" value="{api.lead[name]}" required></label>'
        for name, label in api.fields.items()
    )
    names = ", ".join(_php_value(name) for name in api.fields)
    constants = f" + {_php_value(api.constants)}" if api.constants else ""
    return f"""\
<?php // form.php
if ($_SERVER['REQUEST_METHOD'] === 'POST') {{
$lead = array_intersect_key($_POST, array_flip([{names}])){constants};
{_php_request(url, key)}echo $status < 300 ? 'Thank you.' : 'Please try again.';
exit;
}} ?>
<form method="post">
{inputs}
  <button>Send</button>
</form>
"""
