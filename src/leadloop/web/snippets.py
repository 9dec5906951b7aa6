"""Programs to paste that send a lead: curl, a page with a form, JavaScript and PHP, in every lead API. Pure.

All of them run on a server or a terminal: a key does not belong into a page of a website.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from leadloop.api.sample import SampleLead

LANGUAGES = {"curl": "curl", "html": "HTML + PHP", "javascript": "JavaScript", "php": "PHP"}
Samples = Mapping[str, SampleLead]
"""By the name of the dialect."""


class Snippet(Struct, frozen=True):
    api: str
    language: str
    text: str
    """The whole program."""
    command: str
    """How to run it; empty if the text is the command."""


def first_call(samples: Samples, origin: str, account_id: str, key: str) -> Sequence[Snippet]:
    """One curl command for each API. The shell fills in a key that begins with `$`."""
    return [_curl(name, sample, origin, account_id, key) for name, sample in samples.items()]


def programs(samples: Samples, origin: str, account_id: str, key: str) -> Sequence[Snippet]:
    """Every language in every API."""
    snippets = []
    for name, sample in samples.items():
        url = _url(sample, origin, account_id)
        snippets += [
            _curl(name, sample, origin, account_id, key),
            Snippet(name, "html", _html(sample, url, key), "php -S localhost:8000 form.php"),
            Snippet(name, "javascript", _javascript(sample, url, key), "node lead.mjs"),
            Snippet(name, "php", _php(sample, url, key), "php lead.php"),
        ]
    return snippets


def environment(origin: str, account_id: str, key: str) -> str:
    """Lines for a file `.env`."""
    return f"LEADLOOP_URL={origin}\nLEADLOOP_ACCOUNT={account_id}\nLEADLOOP_KEY={key}\n"


def _url(sample: SampleLead, origin: str, account_id: str) -> str:
    return origin + sample.path.format(account_id=account_id)


def _curl(name: str, sample: SampleLead, origin: str, account_id: str, key: str) -> Snippet:
    header = f'"X-API-Key: {key}"' if key.startswith("$") else shlex.quote(f"X-API-Key: {key}")
    text = (
        f"curl -X POST {shlex.quote(_url(sample, origin, account_id))} \\\n"
        f"  -H {header} -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(sample.body, ensure_ascii=False))}"
    )
    return Snippet(name, "curl", text, "")


def _javascript(sample: SampleLead, url: str, key: str) -> str:
    return f"""\
// lead.mjs
const response = await fetch({json.dumps(url)}, {{
  method: "POST",
  headers: {{ "X-API-Key": {json.dumps(key)}, "Content-Type": "application/json" }},
  body: JSON.stringify({json.dumps(sample.body, ensure_ascii=False)}),
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


def _php(sample: SampleLead, url: str, key: str) -> str:
    return f"""\
<?php // lead.php
$lead = {_php_value(sample.body)};
{_php_request(url, key)}echo $status, ' ', $answer, PHP_EOL;
"""


def _html(sample: SampleLead, url: str, key: str) -> str:
    inputs = "\n".join(
        f'  <label>{label} <input name="{name}" value="{sample.body[name]}" required></label>'
        for name, label in sample.labels.items()
    )
    names = ", ".join(_php_value(name) for name in sample.labels)
    constants = f" + {_php_value(sample.constants)}" if sample.constants else ""
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
