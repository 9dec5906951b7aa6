"""Takes a picture of every page of the dashboard, wide and narrow, light and dark, in each language.

`python -m tools.pictures` starts a server with demo data on a database of its own and writes to `build/pictures`; in
`weights.txt` there it lists the weight and the first contentful paint of each page.
"""

import argparse
import itertools
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from msgspec import structs
from playwright.sync_api import Page as BrowserPage

from lab.browser import HEIGHTS, LANGUAGES, NARROW, WIDE, Chromium, Look
from lab.pages import SHOWN, address_of, name_of, viewer_of
from lab.server import PEPPER, Leadloop, running
from lab.site import Site, now_ms
from lab.stores import with_store
from leadloop.core import keys
from leadloop.core.store import LeadQuery, Order
from leadloop.demo.year import MARKETS
from leadloop.web.routes import PageRoute
from leadloop.webhooks.ports import WebhookStore

OUT = Path(__file__).resolve().parent.parent / "build" / "pictures"
MEASURE = """() => {
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const sum = name => entries.reduce((total, entry) => total + (entry[name] || 0), 0);
  const html = performance.getEntriesByType('navigation')[0];
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return [html.encodedBodySize, sum('encodedBodySize'), sum('decodedBodySize'), entries.length, paint?.startTime ?? 0];
}"""


KEYS = [
    ("CRM", ["leads:read", "leads:write", "webhooks:manage"], 210, 1, None),
    ("Landing page", ["leads:write"], 80, 3, 9),
    ("Monthly report", ["leads:read"], 35, 400, 200),
]
"""Name, scopes, age in days, hours since the last use, days to the end."""
HOUR_MS = 3_600_000


class Weight(NamedTuple):
    """In bytes, as they came over the line and after decompression, and in milliseconds."""

    page: str
    html: int
    sent: int
    decoded: int
    requests: int
    paint_ms: float


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/pictures", description=__doc__)
    parser.add_argument("--only", default="", help="only the pages whose address contains this text")
    parser.add_argument("--leads", type=int, default=400, help="how many invented leads there are (default 400)")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder for the pictures (default build/pictures)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Leadloop("sqlite", f"{folder}/leadloop.db")) as server:
        site = Site(server, leads=options.leads)
        with_store(server.database, lambda store: _add_keys(store, site))
        lead_id = with_store(server.database, lambda store: _settle(store, site.account_id))
        weights = take_all(site, lead_id, options.only, options.out)
    table = "\n".join(
        f"{weight.page:<52} {weight.html:>8,} {weight.sent:>9,} {weight.decoded:>9,} {weight.requests:>4} "
        f"{weight.paint_ms:>7.0f} ms"
        for weight in weights
    )
    head = f"{'page, without anything cached':<52} {'html':>8} {'sent':>9} {'decoded':>9} {'n':>4} {'paint':>10}"
    text = f"{head}\n{table}\n"
    (options.out / "weights.txt").write_text(text)
    print(f"{text}\npictures in {options.out}")
    return 0


async def _add_keys(store: WebhookStore, site: Site) -> None:
    """Keys as they are in use: with a past, an end, and whoever made them."""
    actor = f"user:{site.visitors['owner'].id}"
    for name, scopes, age_days, used_h, days_left in KEYS:
        created_at_ms = now_ms() - age_days * 24 * HOUR_MS
        key, _ = keys.mint(site.account_id, name, scopes, bytes.fromhex(PEPPER), created_at_ms)
        ends_at_ms = None if days_left is None else now_ms() + days_left * 24 * HOUR_MS
        used_at_ms = now_ms() - used_h * HOUR_MS
        key = structs.replace(
            key, created_by=actor, expires_at_ms=ends_at_ms, last_used_at_ms=used_at_ms, last_used_from="203.0.113.7"
        )
        await store.keys.add(key)


async def _settle(store: WebhookStore, account_id: str) -> str:
    """Gives the account a currency and a zone; returns the id of the lead with the most changes among the newest."""
    options = {**MARKETS["br"].options, "language": None}
    await store.accounts.change(account_id, lambda account: structs.replace(account, **options))
    newest = await store.leads.find(LeadQuery(account_id=account_id, order=Order.CREATED, limit=100))
    return max(newest, key=lambda lead: (lead.owner is not None, lead.version)).id


def take_all(site: Site, lead_id: str, only: str, out: Path) -> list[Weight]:
    """`lead_id` is the lead whose page is shown."""
    weights = []
    chromium = Chromium()
    try:
        with chromium.in_use():
            for row in SHOWN:
                if only in row.path:
                    path = address_of(site, named(row, lead_id), site.account_id, site.visitors["owner"].id)
                    weights.append(take(chromium, site, viewer_of(row), path, out / name_of(row)))
    finally:
        chromium.close()
    return weights


def named(row: PageRoute, lead_id: str) -> PageRoute:
    return row._replace(path=row.path.replace("{lead_id}", lead_id))


def take(chromium: Chromium, site: Site, who: str | None, path: str, out: Path) -> Weight:
    """One page in every look. Its weight is that of the first look."""
    weights = []
    for width, is_dark, language in itertools.product((WIDE, NARROW), (False, True), LANGUAGES):
        look = Look(language, is_dark, width)
        with chromium.visit(site.url, site.cookies(who) if who else None, look) as page:
            page.goto(path)
            page.evaluate("() => document.fonts.ready")
            weights.append(Weight(out.name, *_measure(page)))
            height = page.evaluate("() => document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(HEIGHTS[width], height)})
            theme = "dark" if is_dark else "light"
            page.screenshot(path=f"{out}-{width}-{theme}-{language}.png")
    return weights[0]


def _measure(page: BrowserPage) -> tuple[int, int, int, int, float]:
    html, sent, decoded, requests, paint_ms = page.evaluate(MEASURE)
    return int(html), int(sent), int(decoded), int(requests), float(paint_ms)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
