"""Helpers to read the pages of the dashboard without a browser."""

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import httpx

from lab.site import Site
from leadloop.core.people.roles import Role

Fields = Mapping[str, str] | Mapping[str, str | list[str]]


def text_of(answer: httpx.Response) -> str:
    """What a reader sees: the text of the page without tags, with single spaces."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def open_page(client: httpx.Client, path: str, status: int = 200) -> httpx.Response:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
    return answer


def act(client: httpx.Client, path: str, fields: Fields | None = None) -> httpx.Response:
    """Sends a form and follows the redirects to the page that says what happened."""
    answer = client.post(path, data=dict(fields or {}))
    assert answer.status_code == 303, (path, answer.status_code, text_of(answer)[:400])
    while answer.status_code == 303:
        answer = client.get(answer.headers["location"])
    assert answer.status_code == 200, (path, answer.url.path, answer.status_code, text_of(answer)[:400])
    return answer


def refuse(client: httpx.Client, path: str, fields: Fields | None = None, status: int = 422) -> httpx.Response:
    """Sends a form that is refused: the page shows it again."""
    answer = client.post(path, data=dict(fields or {}))
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
    return answer


class _Fields(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area: str | None = None
        self._choice: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "")
        if tag == "input" and name:
            if values.get("type") not in ("checkbox", "radio") or "checked" in values:
                self.values[name] = values.get("value", "on")
        elif tag == "textarea":
            self._area, self.values[name] = name, ""
        elif tag == "select":
            self._choice = name
        elif tag == "option" and self._choice is not None and ("selected" in values or self._choice not in self.values):
            self.values[self._choice] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._choice = None


def fields_of(answer: httpx.Response) -> dict[str, str]:
    """The fields of all forms of the page, as a browser would send them. Of a repeated name the last counts."""
    return _Fields(answer.text).values


def new_owner(site: Site, name: str = "Nova Dona") -> tuple[str, str]:
    """Another account with its owner: the id of the account and the e-mail."""
    account_id = site.add_account("Nova Conta")
    return account_id, site.add_person(account_id, name, Role.OWNER).email
