"""Every page and action of the dashboard, one line each."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple

from starlette.responses import Response

from leadloop.web.pages import events, start, welcome
from leadloop.web.visit import Visit

Handler = Callable[[Visit], Awaitable[Response]]


class Needs(Enum):
    """What a visitor needs, besides the scopes of the role."""

    ANYBODY = "anybody"
    PERSON = "a person"
    OPERATOR = "an operator"


class Page(NamedTuple):
    """`needs` is a scope where the path has an `{account}`: of the person's role in it."""

    method: str
    path: str
    needs: Needs | str
    handler: Handler
    is_dangerous: bool = False
    """Asks for the password again if it was last entered over 15 minutes ago."""


PAGES: list[Page] = [
    Page("GET", "/app", Needs.PERSON, start.show_start),
    Page("GET", "/app/sign-in", Needs.ANYBODY, start.show_sign_in),
    Page("POST", "/app/sign-in", Needs.ANYBODY, start.submit_sign_in),
    Page("POST", "/app/sign-out", Needs.PERSON, start.sign_out),
    Page("POST", "/app/sign-out/everywhere", Needs.PERSON, start.sign_out_everywhere),
    Page("GET", "/app/welcome/{token}", Needs.ANYBODY, welcome.show_welcome),
    Page("POST", "/app/welcome/{token}", Needs.ANYBODY, welcome.submit_welcome),
    Page("GET", "/app/manifest.json", Needs.ANYBODY, start.show_manifest),
    Page("GET", "/app/{account}", "leads:read", start.show_account),
    Page("GET", "/app/{account}/events", "leads:read", events.open_events),
]
