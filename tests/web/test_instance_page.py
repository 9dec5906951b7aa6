"""The page of the instance: for operators alone, with what doctor finds quickly."""

from lab.site import Site
from tests.web.pages import open_page, text_of


def test_an_operator_sees_the_instance(site: Site) -> None:
    with site.http(site.cookies("owner")) as client:
        text = text_of(open_page(client, "/app/settings/instance"))
    engine = {"sqlite": "SQLite", "postgres": "PostgreSQL"}[site.server.engine]
    assert engine in text and "up to date" in text and "acknowledged writes are on the disk" in text
    assert "sends them" in text and "no backup is known" in text


def test_nobody_else_does(site: Site) -> None:
    for who in ("manager", "agent", "read-only", "stranger"):
        with site.http(site.cookies(who)) as client:
            open_page(client, "/app/settings/instance", 403)
