"""Sends the same request through either dialect, where both must give the same answer (semantics sections 2 and 7)."""

import re
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from lab.server import Client

JSON = {"Content-Type": "application/json"}
REQUEST_ID = re.compile("req_[0-9a-f]{24}")
CODES = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    412: "PRECONDITION_FAILED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "IDEMPOTENCY_KEY_REUSED",
    428: "PRECONDITION_REQUIRED",
}


class DialectClient(NamedTuple):
    """One client's requests in one dialect. `text` names a field of up to 4 KiB, `long_text` one of up to 64 KiB."""

    client: Client
    name: str
    text: str
    long_text: str

    @property
    def leads(self) -> str:
        return f"/v1/account/{self.client.account_id}/lead" if self.name == "expad" else "/api/v1/leads"

    def lead(self, lead_id: str) -> str:
        return f"{self.leads}/{lead_id}"

    def new(self) -> str:
        return self.client.new_lead() if self.name == "expad" else self.client.new_leadsail_lead()

    def required(self) -> dict[str, Any]:
        """The fields that a create requires."""
        if self.name == "expad":
            return {"name": "Ana Souza"}
        contact = {"firstName": "Mary", "lastName": "Jones", "email": "mary@example.com", "phone": "555-123-4567"}
        return {"campaignId": "ABC", **contact}

    def shown(self, lead_id: str) -> dict[str, Any]:
        return self.client.get(lead_id) if self.name == "expad" else self.client.get_leadsail(lead_id)

    def patch(self, lead_id: str, raw: bytes | str, headers: Mapping[str, str] = JSON) -> httpx.Response:
        return self.client.http.request("PATCH", self.lead(lead_id), content=raw, headers=headers)

    def post(self, raw: bytes | str, headers: Mapping[str, str] = JSON) -> httpx.Response:
        return self.client.http.request("POST", self.leads, content=raw, headers=headers)


def api_of(client: Client, name: str) -> DialectClient:
    text, long_text = ("companyName", "note") if name == "expad" else ("clientLeadId", "detail")
    return DialectClient(client, name, text, long_text)


def lines(answer: httpx.Response, name: str, status: int = 400) -> list[str]:
    """The problem lines of an error answer with `status`; checks that its body has the dialect's form."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    if name == "expad":
        assert body.keys() == {"message", "messge", "code", "details"}
        assert body["message"] == body["messge"] and body["message"] and body["code"] == status
        return list(body["details"])
    error = body["error"]
    assert body == {"success": False, "error": error} and error["code"] == CODES[status] and error["message"]
    assert ("details" in error) == (status == 400)
    return list(error.get("details", []))


def fields(answer: httpx.Response, name: str) -> list[str]:
    """The field that each problem line of a 400 names."""
    return [line.partition(": ")[0] for line in lines(answer, name)]


class Bare:
    """A connection that sends raw bytes, unlike an HTTP client."""

    def __init__(self, client: Client) -> None:
        url = urlsplit(client.url)
        self._key = client.key
        self._socket = socket.create_connection((url.hostname, url.port), timeout=20)

    def head(self, method: str, path: str, *headers: str) -> None:
        """The head of a request with the client's key; a body may follow."""
        text = [f"{method} {path} HTTP/1.1", "Host: localhost", f"X-API-Key: {self._key}", *headers, "", ""]
        self.send("\r\n".join(text).encode("latin-1"))

    def send(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body; waits for the end of the connection where there is no length."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        while len(body) < int(headers.get("content-length", "0")):
            body += self._more()
        return int(first.split()[1]), headers, body

    def is_closed(self) -> bool:
        """Whether the server has closed its side; waits for it."""
        try:
            return self._socket.recv(1) == b""
        except (TimeoutError, ConnectionResetError):
            return False

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        assert data, "the server closed the connection without an answer"
        return data
