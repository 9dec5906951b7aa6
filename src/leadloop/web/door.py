"""The door: who the visitor is, what they may open, and whether a form comes from a page of ours."""

from typing import TYPE_CHECKING

from starlette.responses import Response

from leadloop.api.request import Request
from leadloop.web import i18n

if TYPE_CHECKING:
    from leadloop.web.routes import Page
    from leadloop.web.visit import Visit


def language_of(request: Request) -> str:
    """The language of somebody who has not signed in: that of the link on the page, else the browser's."""
    chosen = i18n.supported(request.query_params.get("language"))
    return chosen or i18n.negotiate(request.field(b"accept-language")) or i18n.DEFAULT


async def enter(visit: "Visit", row: "Page") -> Response | None:
    return None
