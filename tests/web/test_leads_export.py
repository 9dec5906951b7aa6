"""The leads of a list as a CSV file: what is in it, who gets it, and what it records."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from lab.browser import Look
from lab.databases import value
from lab.pages import new_session
from lab.site import HOSTILE, PASSWORD, Site
from leadloop.core.people.roles import Role
from leadloop.web.door import PASSWORD_FIELD, RECENT_MS
from leadloop.web.lead_csv import plain
from tests.web.conftest import Visit
from tests.web.pages import fields_of, open_page, text_of
from tests.web.test_leads_page import Account, new_account


@pytest.fixture
def account(site: Site) -> Iterator[Account]:
    with new_account(site, currency="BRL", time_zone="America/Sao_Paulo") as account:
        yield account


def export(account: Account, query: str = "", http: httpx.Client | None = None) -> httpx.Response:
    return (http or account.http).post(f"{account.path}/export", data={"list": query})


def rows(answer: httpx.Response, delimiter: str = ",") -> list[list[str]]:
    assert answer.status_code == 200, text_of(answer)[:300]
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_a_file_has_the_leads_columns_and_order_of_the_list(account: Account) -> None:
    account.client.new_lead(name="Ana", email="ana@example.com", saleValue=1250.5, leadDate=1_767_225_600_000)
    account.client.new_lead(name="Breno", phoneNumber="+5511987654321", leadDate=1_767_312_000_000)
    account.client.new_lead(name="Carla", status="LOST")
    answer = export(account, "q=-stage:LOST&sort=date&columns=value,phone,arrived")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="leads-20')
    assert rows(answer) == [
        ["Name", "E-mail", "Value", "Currency", "Phone", "Arrived"],
        ["Ana", "ana@example.com", "1250.50", "BRL", "", "2025-12-31 21:00:00"],
        ["Breno", "", "", "", "(11) 98765-4321", "2026-01-01 21:00:00"],
    ]
    assert "leads.exported" in value(
        account.site.server.database,
        f"SELECT max(action || ' ' || object) FROM audit WHERE account_id = '{account.id}' AND object LIKE '-stage%'",
    )


def test_a_large_file_comes_in_pieces_and_has_every_lead_once(account: Account) -> None:
    account.site.server.run("demo", "--account", account.id, "--count", "350")
    count = int(text_of(open_page(account.http, f"{account.path}/count")).replace(",", ""))
    answer = export(account)
    names = rows(answer)[1:]
    assert len(names) == count > 300 and "content-length" not in answer.headers
    assert len({tuple(row) for row in names}) > 0.95 * count


def test_in_portuguese_it_is_as_excel_reads_it_there(account: Account) -> None:
    account.client.new_lead(name="Ação; Ltda", saleValue=1250.5)
    account.set(language="pt-BR")
    answer = export(account, "columns=value,stage")
    assert answer.content.startswith("\ufeffNome;E-mail;Valor;Moeda;Etapa".encode())
    assert rows(answer, ";")[1] == ["Ação; Ltda", "", "1250,50", "BRL", "Novo"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert plain(text) == f"'{text}" and plain(f"a{text}") == f"a{text}"


@pytest.mark.parametrize("separator", [",", ";", "\t", "\r", "\n"])
def test_no_cell_is_a_formula_where_cells_are_separated_otherwise(separator: str) -> None:
    assert plain(f"a{separator}=1+1") == f"a{separator}'=1+1"
    assert plain(f"a{separator}-1") == f"a{separator}'-1"
    assert plain(f"10{separator}- a{separator} b") == f"10{separator}- a{separator} b"


def test_hostile_texts_are_cells(account: Account) -> None:
    account.client.new_lead(name="=cmd|'/c calc'!A0", email=None, note=HOSTILE)
    account.client.new_lead(name=HOSTILE + "\n,\"';")
    cells = [row[0] for row in rows(export(account, "columns=none&sort=created"))]
    assert cells[1] == "'=cmd|'/c calc'!A0" and cells[2].startswith(HOSTILE)


@pytest.mark.parametrize("role", [Role.AGENT, Role.READ_ONLY])
def test_agents_and_readers_export_nothing(account: Account, role: Role) -> None:
    person = account.site.add_person(account.id, "Clara Dias", role)
    with account.site.http(account.site.sign_in(person.email)) as http:
        assert export(account, http=http).status_code == 403
        open_page(http, f"{account.path}/export", 403)
        assert "/export" not in open_page(http, account.path).text


def test_it_asks_for_the_password_and_remembers_the_list(account: Account) -> None:
    account.client.new_lead(name="Ana")
    owner = account.site.add_person(account.id, "Olga", Role.OWNER)
    with account.site.http(new_session(account.site, owner.id, RECENT_MS + 60_000)) as http:
        asked = export(account, "q=ana&columns=stage", http)
        assert asked.status_code == 403 and 'value="q=ana&amp;columns=stage"' in asked.text
        form = {"list": "q=ana&columns=stage", PASSWORD_FIELD: PASSWORD}
        back = http.post(f"{account.path}/export", data=form)
        assert (back.status_code, back.headers["location"]) == (303, f"{account.path}/export?q=ana&columns=stage")
        page = open_page(http, back.headers["location"])
        assert "ready to download" in text_of(page)
        file = export(account, fields_of(page)["list"], http)
        assert rows(file) == [["Name", "E-mail", "Stage"], ["Ana", "", "New"]]


def test_a_mistake_in_the_query_exports_nothing(account: Account) -> None:
    answer = export(account, "q=unti:1")
    assert answer.status_code == 400 and "attachment" not in answer.headers.get("content-disposition", "")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_file_is_downloaded_from_the_list(look_site: Site, visit: Visit, has_scripts: bool) -> None:
    with visit(look_site, "manager", Look(has_scripts=has_scripts)) as page:
        page.goto(f"/app/{look_site.account_id}/leads?q=has:phone&columns=phone")
        page.get_by_role("link", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        text = download.value.path().read_text("utf-8-sig")
        assert text.startswith("Name,E-mail,Phone\n") and text.count("\n") > 5
