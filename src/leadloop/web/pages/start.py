"""Where a visit begins: sign-in, and the way to the first page."""

from starlette.responses import JSONResponse, Response

from leadloop.web.render import page, redirect
from leadloop.web.visit import Visit


async def show_start(visit: Visit) -> Response:
    return redirect("/app/settings/me")


async def show_sign_in(visit: Visit) -> Response:
    return page(visit, "start/sign_in.html", email="", problem=None)


async def show_manifest(visit: Visit) -> Response:
    """The web manifest: what phones need to put the dashboard on their start screen."""
    icon = {"src": visit.context.static.url("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    manifest = {
        "name": "leadloop",
        "short_name": "leadloop",
        "start_url": "/app",
        "scope": "/app",
        "display": "standalone",
        "background_color": "#f6f7f8",
        "theme_color": "#f6f7f8",
        "icons": [icon],
    }
    return JSONResponse(manifest, media_type="application/manifest+json")
