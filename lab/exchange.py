"""JSON requests with the standard library alone, for benchmarks, which run without the tests' libraries."""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any


class BadAnswer(Exception):
    """An answer that is not 2xx."""


def ask(
    url: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None, timeout_s: float = 30
) -> Any:
    """Sends one request on its own connection and returns the JSON of the answer.

    Raises `BadAnswer` unless the status is 2xx, `OSError` when nothing listens.
    """
    sent = dict(headers or {})
    if body is not None:
        sent["Content-Type"] = "application/json"
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=timeout_s)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise BadAnswer(f"{method} {path} was answered {answer.status}: {text[:1000]!r}")
        return json.loads(text) if text else None
