"""The timeline of a lead alone, for the page that shows it: another filter, the entries before, or the newest ones."""

from starlette.responses import Response

from leadloop.web.pages.lead import load
from leadloop.web.render import page
from leadloop.web.timeline import load_newest, load_timeline, read_number
from leadloop.web.visit import Visit


async def show_timeline(visit: Visit) -> Response:
    shown = await load(visit)
    lead, place, words = shown.lead, shown.place, shown.words
    if since := read_number(visit, "since"):
        timeline = await load_newest(visit, lead, place, words, since)
        return page(visit, "lead/_newest.html", lead=lead, timeline=timeline)
    timeline = await load_timeline(visit, lead, place, words)
    template = "lead/_earlier.html" if read_number(visit, "before") else "lead/_timeline.html"
    return page(visit, template, lead=lead, timeline=timeline)
