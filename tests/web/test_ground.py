"""The ground notices what it is there for: each fault is served once, and fails the visit or is named by axe."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.browser import NARROW, Chromium, Look
from leadloop.web.render import headers_of
from tests.support import axe
from tests.support.keyboard import walk
from tests.support.looks import overflow, texts

NONCE = "abc123"
SOUND = """<!doctype html><html lang="en"><head><title>Sound</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/x.css"></head><body>
<a class="skip" href="#main">Skip</a><main id="main" tabindex="-1"><h1>Sound</h1>{}
<label>Name <input name="a"></label> <button type="button">Go</button></main></body></html>"""
SHEET = "body { background: #fff; color: #111 } @media (prefers-color-scheme: dark) { .d { color: #f5f5f5 } } "
SHEET += ".wide { width: 600px } .blind:focus { outline: none } .under { position: relative; z-index: -1 }"
FAULTS = {
    '<p style="color: red">inline</p>': "inline style",
    "<script>document.title = 'x'</script>": "inline script",
    '<img src="http://example.com/x.png" alt="x">': "outside request: http://example.com/x.png",
    '<img src="http://93.184.216.34/x.png" alt="x">': "outside request",
    '<img src="/missing.png" alt="x">': "404 for",
    f'<script nonce="{NONCE}">console.error("planted")</script>': "console: planted",
    f'<script nonce="{NONCE}">throw new Error("planted")</script>': "uncaught: planted",
    f'<script nonce="{NONCE}">alert("planted")</script>': "dialog: planted",
    f'<script nonce="{NONCE}">document.body.innerHTML = "<b>x</b>"</script>': "TrustedHTML",
}


class _Handler(BaseHTTPRequestHandler):
    body = ""

    def do_GET(self) -> None:
        status = {"/missing.png": 404, "/refused": 403, "/broken": 500}.get(self.path, 200)
        body = (SHEET if self.path == "/x.css" else self.body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/css" if self.path == "/x.css" else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers_of(NONCE).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def in_use(chromium: Chromium) -> Iterator[None]:
    with chromium.in_use():
        yield


def test_a_sound_page_passes(chromium: Chromium, url: str) -> None:
    _Handler.body = SOUND.format("")
    with chromium.visit(url, look=Look(width=NARROW)) as page:
        page.goto("/")
        assert axe.violations(page) == []
        assert walk(page) == []
        assert overflow(page) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_visit(chromium: Chromium, url: str, fault: str) -> None:
    _Handler.body = SOUND.format(fault)
    with pytest.raises(AssertionError, match=FAULTS[fault]), chromium.visit(url) as page:
        page.goto("/")


def test_a_page_that_fails_fails_the_visit(chromium: Chromium, url: str) -> None:
    _Handler.body = SOUND.format("")
    with pytest.raises(AssertionError, match="500 for"), chromium.visit(url) as page:
        page.goto("/broken")
    with chromium.visit(url) as page:
        page.goto("/refused")


def test_what_is_expected_passes(chromium: Chromium, url: str) -> None:
    _Handler.body = SOUND.format(f'<script nonce="{NONCE}">console.error("planted")</script>')
    with chromium.visit(url, may_log=["planted"]) as page:
        page.goto("/")


def test_axe_names_what_it_finds(chromium: Chromium, url: str) -> None:
    _Handler.body = SOUND.format('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p class="d">dark text</p>')
    for is_dark, rules in ((False, {"image-alt"}), (True, {"image-alt", "color-contrast"})):
        with chromium.visit(url, look=Look(is_dark=is_dark)) as page:
            page.goto("/")
            assert {line.partition(":")[0] for line in axe.violations(page)} == rules
    _Handler.body = SOUND.format("").replace("<button", '<button aria-label="x"></button><button')
    _Handler.body = _Handler.body.replace('lang="en"', "")
    with chromium.visit(url) as page:
        page.goto("/")
        assert {line.partition(":")[0] for line in axe.violations(page)} == {"html-has-lang"}


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ('<button class="blind" type="button">Blind</button>', "does not show its focus"),
        ('<a href="/" tabindex="3">First</a>', "positive tabindex"),
        (
            '<a id="trap" href="/">Trap</a><script nonce="abc123">trap.onkeydown = e => e.preventDefault()</script>',
            "trap",
        ),
    ],
)
def test_the_keyboard_finds_what_is_wrong(chromium: Chromium, url: str, fault: str, problem: str) -> None:
    _Handler.body = SOUND.format(fault)
    with chromium.visit(url) as page:
        page.goto("/")
        assert any(problem in line for line in walk(page)), walk(page)


def test_a_page_that_scrolls_sideways_is_found(chromium: Chromium, url: str) -> None:
    _Handler.body = SOUND.format('<div class="wide">wide</div>')
    with chromium.visit(url, look=Look(width=NARROW)) as page:
        page.goto("/")
        assert any("wide" in line for line in overflow(page))


def test_the_texts_of_a_page_are_those_with_words(chromium: Chromium, url: str) -> None:
    _Handler.body = SOUND.format(
        '<p aria-label="Aloud">In  a\nline</p><code>leadloop serve</code><b>12</b><i lang="de">Ja</i>'
    )
    with chromium.visit(url) as page:
        page.goto("/")
        assert texts(page) == {"Sound", "Skip", "Aloud", "In a line", "Name", "Go"}
