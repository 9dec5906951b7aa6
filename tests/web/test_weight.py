"""Pages stay light: the style sheet, and the own scripts of each page (dashboard.md sections 2 and 7)."""

import re

import pytest

from lab.pages import SHOWN, address_of, name_of, viewer_of
from lab.site import Site
from leadloop.web.routes import PageRoute

KB = 1_024
STYLES, OWN_SCRIPTS, FIRST_LOAD = 40 * KB, 12 * KB, 200 * KB
"""Bytes: of the style sheet and of a page's own modules without compression; of a first load as a browser gets it."""
MODULE = re.compile(r'<script[^>]* type="module" src="([^"]+)"')
LOADED = re.compile(r'(?:src|href)="(/app/static/[^"#]+)"')


@pytest.mark.parametrize("row", SHOWN, ids=name_of)
def test_a_page_is_light(look_site: Site, row: PageRoute) -> None:
    viewer = viewer_of(row)
    path = address_of(look_site, row, look_site.account_id, look_site.visitors["owner"].id)
    with look_site.http(look_site.cookies(viewer) if viewer else None) as client:
        answer = client.get(path)
        urls = set(LOADED.findall(answer.text))
        (sheet,) = (url for url in urls if url.endswith(".css"))
        urls.add(sheet.replace("leadloop.css", "inter.woff2"))
        loads = {url: client.get(url) for url in urls}
    sent = sum(int(load.headers["content-length"]) for load in loads.values())
    assert len(loads[sheet].content) <= STYLES
    assert sum(len(loads[url].content) for url in MODULE.findall(answer.text)) <= OWN_SCRIPTS
    assert sent + len(answer.content) <= FIRST_LOAD
