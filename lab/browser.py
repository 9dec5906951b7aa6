"""Debian's Chromium, driven by Playwright. Its pages reach one server only, and whatever goes wrong in one is noted.

Playwright downloads nothing: `scripts/packages chromium libatomic1` installs the browser, and the library that
Playwright's own program needs.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    sync_playwright,
)

MISSING = "missing packages: chromium; on Debian run, as root: apt-get install chromium libatomic1"
WIDE, NARROW = 1440, 375
HEIGHTS = {WIDE: 900, NARROW: 812}
LANGUAGES = ("en", "pt-BR")
DEADLINE_MS = 30_000
"""Of every wait: the machine may be busy."""
LOAD_FAILURE = re.compile(r"Failed to load resource: the server responded with a status of \d+")
"""Chromium logs this for every 4xx and 5xx; `_Watch` judges the response itself."""
MAY_BE_REFUSED = {"document", "fetch", "xhr", "eventsource"}
LOOPBACK = ("127.0.0.1", "localhost")
NAMES = "*.test"
"""These names lead to 127.0.0.1, to visit a server by a name that is no loopback name."""
RULES = ", ".join([f"MAP {NAMES} 127.0.0.1", "MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in LOOPBACK)])
"""No other host is ever found."""


class Look(NamedTuple):
    """How a visitor's browser is set up."""

    language: str = "en"
    is_dark: bool = False
    width: int = WIDE
    has_scripts: bool = True


USUAL = Look()


class Chromium:
    """One browser process; each visit has a context of its own, with its own cookies."""

    def __init__(self) -> None:
        path = shutil.which("chromium")
        if path is None:
            raise RuntimeError(MISSING)
        self._playwright = sync_playwright().start()
        self._loop = asyncio.get_running_loop()
        options = [f"--host-resolver-rules={RULES}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        self._browser: Browser = self._playwright.chromium.launch(executable_path=path, args=options)
        asyncio._set_running_loop(None)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Playwright leaves its event loop running in this thread; outside of this block it does not appear to run."""
        asyncio._set_running_loop(self._loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)

    @contextmanager
    def visit(
        self,
        url: str,
        cookies: Mapping[str, str] | None = None,
        look: Look = USUAL,
        *,
        may_log: Sequence[str] = (),
    ) -> Iterator[Page]:
        """A page whose relative addresses begin at `url`.

        At the end raises `AssertionError` if it logged an error, violated its policy, opened a dialog, sent a request
        to another origin than that of `url`, or if a part of it could not be loaded. `may_log` has texts of which an
        expected fault contains one.
        """
        context = self._browser.new_context(
            base_url=url,
            locale=look.language,
            color_scheme="dark" if look.is_dark else "light",
            reduced_motion="reduce",
            viewport={"width": look.width, "height": HEIGHTS[look.width]},
            java_script_enabled=look.has_scripts,
        )
        context.set_default_timeout(DEADLINE_MS)
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in (cookies or {}).items()])
        watch = _Watch(context, url, may_log)
        try:
            yield context.new_page()
        finally:
            context.close()
        assert not watch.faults, "\n".join(watch.faults)

    def close(self) -> None:
        with self.in_use():
            self._browser.close()
            self._playwright.stop()


class _Watch:
    """Notes what must not happen in a context."""

    def __init__(self, context: BrowserContext, url: str, may_log: Sequence[str]) -> None:
        self.faults: list[str] = []
        self._origin = _origin_of(url)
        self._may_log = may_log
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note(f"uncaught: {error.error}"))
        context.on("dialog", self._on_dialog)

    def _note(self, fault: str) -> None:
        if not any(part in fault for part in self._may_log):
            self.faults.append(fault)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")) and _origin_of(request.url) != self._origin:
            self._note(f"outside request: {request.url}")

    def _on_response(self, response: Response) -> None:
        is_refusal = response.status < 500 and response.request.resource_type in MAY_BE_REFUSED
        if response.status >= 400 and not is_refusal:
            self._note(f"{response.status} for {response.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not LOAD_FAILURE.match(message.text):
            self._note(f"console: {message.text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
