"""From an empty machine to a lead seen in a browser: three pages, and no terminal but the first one and for curl."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lab.browser import NARROW, Chromium, Look
from lab.site import PASSWORD
from tests.cli.command import PEPPER, serving, stop, url_of
from tests.conftest import new_database

LINK = re.compile(r"http://\S+/app/welcome/\S+")


def test_from_nothing_to_the_first_lead(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, chromium: Chromium
) -> None:
    started_s = time.monotonic()
    variables = {"DATABASE": new_database(engine, tmp_path, request), "PEPPER": PEPPER}
    with serving(folder=tmp_path, **variables) as process:
        url = url_of(process)
        text = ""
        while not (link := LINK.search(text)):
            line = process.stdout.readline()
            assert line, process.errors()
            text += line
        with chromium.in_use(), chromium.visit(url, look=Look("pt-BR", width=NARROW)) as page:
            fill_first_form(page, link[0])
            took_s = connect(page, started_s)
            again = page.goto(link[0])
            assert again is not None and again.status == 404, "the link works once"
        print(f"\nfrom nothing to the first lead on {engine}: {took_s:.1f} s")
        assert stop(process).code == 0


def fill_first_form(page: Page, link: str) -> None:
    page.goto(link)
    for name, text in (
        ("name", "Amanda Torres"),
        ("email", "amanda@example.com"),
        ("password", PASSWORD),
        ("account", "Sol Nascente"),
    ):
        page.locator(f"[name={name}]").fill(text)
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/connect")
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")


def connect(page: Page, started_s: float) -> float:
    """Creates the key, runs the printed command, and waits until the page shows the lead. Returns after how long it
    does, from the start of the server."""
    page.locator('form[action$="/connect/key"] button').click()
    command = page.locator("#curl-expad").text_content() or ""
    assert "ll_live_" in command
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    expect(page.locator("#arrival")).to_contain_text("Ana Souza")
    return time.monotonic() - started_s
