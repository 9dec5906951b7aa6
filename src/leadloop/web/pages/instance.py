"""The whole instance, for operators: version, database, processes, disk, backup, and the quick checks of doctor."""

from starlette.responses import Response

from leadloop.web.render import page
from leadloop.web.visit import Visit


async def show_instance(visit: Visit) -> Response:
    return page(visit, "instance/page.html", report=await visit.context.report())
