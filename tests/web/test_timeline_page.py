"""The timeline on the page of a lead: what both APIs write is told in sentences, bubbles and quotes."""

import html
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx
import pytest

from lab.server import Client
from lab.site import HOSTILE, Site
from leadloop.core.people.roles import Role
from tests.web.pages import new_owner, open_page, text_of

ITEM = re.compile(r'<li id="[cm]\d+">.*?(?=<li id="|<li class="day"|</ol>)', re.DOTALL)
EARLIER = re.compile(r'<a class="btn small" href="([^"]+)" hx-get="([^"]+)"')
SECRET_LEAD = "Zuleica Prado"


class Ground:
    """An account of its own: an owner's browser, and clients with keys."""

    def __init__(self, site: Site, stack: ExitStack) -> None:
        self._site = site
        self._stack = stack
        self.account_id, email = new_owner(site)
        self.browser = stack.enter_context(site.http(site.sign_in(email)))
        self.client = self.another_client()

    def another_client(self) -> Client:
        """One with a key of its own."""
        client = self._site.server.client(account_id=self.account_id)
        self._stack.callback(client.close)
        return client

    def open(self, lead_id: str, rest: str = "") -> httpx.Response:
        return open_page(self.browser, path_of(self.account_id, lead_id) + rest)

    def entries(self, lead_id: str, rest: str = "") -> list[str]:
        return entries(self.open(lead_id, rest))


@pytest.fixture
def ground(site: Site) -> Iterator[Ground]:
    with ExitStack() as stack:
        yield Ground(site, stack)


def entries(answer: httpx.Response) -> list[str]:
    """The texts of the entries, newest first."""
    return [text_of(httpx.Response(200, text=item)).strip() for item in ITEM.findall(answer.text)]


def path_of(account_id: str, lead_id: str) -> str:
    return f"/app/{account_id}/leads/{lead_id.removeprefix('lead_')}"


def message(id: str, text: str, **more: object) -> dict[str, object]:
    return {"lastMessage": {"id": id, "content": text, "messageSender": "lead", "through": "whatsapp", **more}}


def test_both_apis_write_one_timeline(ground: Ground) -> None:
    client = ground.client
    lead_id = client.new_lead(name="Mariana Souza", email="mariana@example.com", source="GOOGLE")
    client.patch(lead_id, {"note": "Wants it this month"})
    client.patch(lead_id, message("m1", "When can you come?"))
    client.patch(lead_id, message("m2", "On Thursday", messageSender="ai"))
    answer = ground.another_client().patch_leadsail(f"lead_{lead_id}", {"address": {"city": "Campinas"}})
    assert answer.status_code == 200, answer.text
    page = ground.open(lead_id)
    leadsail, reply, question, first = entries(page)
    assert "API key" in leadsail and "LeadSail API" in leadsail and "Campinas" in leadsail
    assert reply.startswith("The assistant · WhatsApp On Thursday")
    assert question.startswith("Mariana · WhatsApp When can you come?")
    assert "Google" in first and "Wants it this month" in first and "2 changes" in first and "Expad API" in first
    assert page.text.count('class="day"') == 1
    talk = ground.entries(lead_id, "?show=talk")
    assert len(talk) == 3 and "Wants it this month" in talk[2] and "mariana@example.com" not in talk[2]
    changes = ground.entries(lead_id, "?show=changes")
    assert len(changes) == 2 and "Wants it" not in changes[1] and "mariana@example.com" in changes[1]


def test_a_change_opens_to_before_and_after(ground: Ground) -> None:
    lead_id = ground.client.new_lead(name="Ana", email="a@example.com")
    other = ground.another_client()
    other.patch(lead_id, {"email": "b@example.com", "name": "Ana Lima"})
    other.patch(lead_id, {"email": "c@example.com", "name": "Ana"})
    page = ground.open(lead_id)
    newest, _ = entries(page)
    assert "2 changes" in newest and "a@example.com" in newest and "c@example.com" in newest
    assert "b@example.com" not in newest and "Lima" not in newest
    assert '<details class="more"><summary>1 field</summary>' in page.text
    assert re.search(r"<del[^>]*>(?:(?!</del>).)*a@example.com</del>", page.text)
    assert re.search(r"<ins[^>]*>(?:(?!</ins>).)*c@example.com</ins>", page.text)


def test_as_it_was_the_timeline_ends_there(ground: Ground) -> None:
    lead_id = ground.client.new_lead(name="Ana")
    for number in range(3):
        ground.another_client().patch(lead_id, {"note": f"note {number}"})
    assert len(ground.entries(lead_id)) == 4
    then = ground.open(lead_id, "?asOf=2")
    assert len(entries(then)) == 2 and "note 1" not in text_of(then)
    assert 'id="newest"' not in then.text
    assert len(ground.entries(lead_id, "/timeline?asOf=2")) == 2


def test_an_edited_message_shows_both_texts(ground: Ground) -> None:
    lead_id = ground.client.new_lead(name="Ana")
    ground.client.patch(lead_id, message("m1", "helo"))
    ground.client.patch(lead_id, message("m1", "hello"))
    edited, said, _ = ground.entries(lead_id)
    assert "corrected" in edited and "helo" in edited and "hello" in edited
    assert "corrected" not in said and "helo" in said


def test_files_and_audio_are_told_and_never_loaded(ground: Ground) -> None:
    client = ground.client
    lead_id = client.new_lead(name="Ana")
    spoken = {"url": "https://files.example.com/a/recado.ogg", "hasTranscription": True, "transcription": "Me liga"}
    client.patch(lead_id, message("m1", "", messageType="audio", audio=spoken))
    bad = ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a@evil.example/", "https://x.test\\@y"]
    for number, url in enumerate(bad):
        client.patch(lead_id, message(f"f{number}", "file", file={"id": "f", "url": url, "mimeType": "image/png"}))
    page = ground.open(lead_id)
    *files, audio, _ = entries(page)
    assert "Me liga" in audio and "recado.ogg · files.example.com" in audio
    (timeline,) = re.findall(r'<section class="card" id="timeline".*?</section>', page.text, re.DOTALL)
    links = re.findall(r'<a href="(http[^"]*)" rel="noreferrer"', timeline)
    assert links == ["https://files.example.com/a/recado.ogg"]
    assert len(files) == len(bad) and all("image/png" in text for text in files)
    assert not re.search(r"<(img|audio|video|iframe|object|source)\b", timeline)


def test_hostile_texts_are_shown_as_they_are(ground: Ground) -> None:
    client = ground.client
    lead_id = client.new_lead(name=HOSTILE, note=HOSTILE)
    client.patch(lead_id, message("m1", HOSTILE, messageSender=HOSTILE, through=HOSTILE, createdAt=-62_000_000_000_000))
    task = {"id": "t", "name": HOSTILE, "kind": HOSTILE, "description": HOSTILE, "dueAt": 253_000_000_000_000}
    client.patch(lead_id, {"activities": [task]})
    for language in ("en", "pt-BR"):
        ground.browser.headers["Accept-Language"] = language
        page = ground.open(lead_id)
        assert "<script>alert" not in page.text and "<img" not in page.text
        assert html.escape("{{ 7*7 }}%s") in page.text
        assert len(entries(page)) == 2


def test_who_may_not_manage_webhooks_sees_none(site: Site) -> None:
    with closing(site.server.client(account_id=site.account_id)) as client:
        path = path_of(site.account_id, client.new_lead(name="Ana"))
    for who, sees in (("owner", True), ("manager", True), ("agent", False), ("read-only", False)):
        with site.http(site.cookies(who)) as browser:
            page = open_page(browser, path)
            assert ("show=webhooks" in page.text) == sees
            assert len(entries(open_page(browser, f"{path}?show=webhooks"))) == (0 if sees else 1)


def test_a_lead_that_is_not_seen_has_no_timeline(site: Site) -> None:
    account_id = site.add_account("Estrela", agents_see_own=True)
    agent = site.add_person(account_id, "Gil", Role.AGENT)
    with closing(site.server.client(account_id=account_id)) as client:
        lead_id = client.new_lead(name=SECRET_LEAD)
    for cookies, account in ((site.sign_in(agent.email), account_id), (site.cookies("owner"), site.account_id)):
        with site.http(cookies) as browser:
            for query in ("", "?since=1", "?before=2", "?show=talk"):
                answer = open_page(browser, f"{path_of(account, lead_id)}/timeline{query}", 404)
                assert SECRET_LEAD not in answer.text


def test_other_values_in_the_address_show_the_newest(ground: Ground) -> None:
    lead_id = ground.client.new_lead(name="Ana")
    for query in (
        "before=x",
        "before=-1",
        f"before={10**15}",
        f"before={'9' * 40}",
        "before=0",
        "show=no",
        "since=%00",
    ):
        for part in ("", "/timeline"):
            assert len(ground.entries(lead_id, f"{part}?{query}")) == 1


def test_links_keep_the_place(ground: Ground) -> None:
    lead_id = ground.client.new_lead(name="Ana")
    for number in range(130):
        ground.client.patch(lead_id, message(f"m{number:03}", f"text {number}"))
    page = ground.open(lead_id, "?show=talk&from=q%3Dstage%253ANEW")
    texts = entries(page)
    while link := EARLIER.search(page.text):
        address, fragment = map(html.unescape, link.groups())
        for url in (address, fragment):
            assert "show=talk" in url and "from=q%3Dstage" in url and "before=" in url
        page = open_page(ground.browser, fragment)
        again = open_page(ground.browser, address.partition("#")[0])
        assert entries(again) == entries(page) and "Back to the newest" in again.text
        assert 'class="day"' in again.text and 'class="day"' not in page.text
        texts += entries(page)
    assert [text.split()[4] for text in texts] == [str(number) for number in range(129, -1, -1)]


def test_messages_show_when_they_were_written(ground: Ground) -> None:
    lead_id = ground.client.new_lead(name="Ana")
    now_ms = time.time_ns() // 1_000_000
    ground.client.patch(lead_id, message("m1", "old", createdAt=now_ms - 3 * 86_400_000))
    ground.client.patch(lead_id, message("m2", "new", createdAt=now_ms))
    new, old, _ = ground.entries(lead_id)
    assert "written" in old and "stored" in old and "written" not in new
