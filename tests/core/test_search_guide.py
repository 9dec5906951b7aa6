"""The guide to the search language: every example finds the leads that it should, every field is named."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.parts import Campaign, Cart, CartLine, Department, Interest, Product, Ref, Tag, User
from leadloop.core.search.errors import SearchError, point_at_error
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.matches import matches
from leadloop.core.search.read import read

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "search.md").read_text()
TABLES = [
    [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    for table in re.findall(r"(?:^\|.*\n)+", GUIDE, re.MULTILINE)
]
BLOCKS = re.findall(r"```\n(.*?)```", GUIDE, re.DOTALL)
NOW_MS = int(datetime(2026, 2, 20, 15, tzinfo=UTC).timestamp() * 1_000)

LEADS = {
    "maria": Lead(
        format=FORMAT,
        account_id="a" * 24,
        id="01a20273bbe9040db1384743",
        version=1,
        created_at_ms=int(datetime(2026, 2, 14, 12, 30, tzinfo=UTC).timestamp() * 1_000),
        updated_at_ms=NOW_MS,
        lead_date_ms=int(datetime(2026, 2, 14, 8, tzinfo=UTC).timestamp() * 1_000),
        name="Ana-Maria Silva",
        email="maria.silva@example.com",
        phone="(11) 98765-4321",
        stage="ACTIVE",
        status="no_answer",
        source="GOOGLE",
        type="LEAD_TYPE_FORM",
        tags=[Tag(id="t1", name="VIP 🔥")],
        owner=User(id="u1", name="Ana Souza", email="ana@sales.example"),
        unit=Ref(id="n1", name="Jardins"),
        department=Department(id="d1", name="Vendas"),
        interest=Interest(id="i1", name="Casa"),
        cart=Cart(lines=[CartLine(product=Product(id="p1", name="Painel 550 W"))], value_micros=1_500_500_000),
        campaign=Campaign(id="SOL26", client_id="c1", client_abbrev="ACME", offer_id="o1", offer_name="Solar em casa"),
        params={"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "inverno", "utm_term": "Energia Solar"},
        client_lead_id="crm-77",
    ),
    "joão": Lead(
        format=FORMAT,
        account_id="a" * 24,
        id="01a20273bbe9040db1384744",
        version=1,
        created_at_ms=NOW_MS,
        updated_at_ms=NOW_MS,
        lead_date_ms=int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1_000),
        name="João",
        stage="LOST",
        status="rejected",
        source="CUSTOM",
        custom_source_name="FEIRA DO IMOVEL",
        unit=Ref(id="n2", name="Centro"),
        loss_reason=Ref(id="l1", name="Preço"),
        sale_value_micros=600_000_000,
        params={"utm_content": "b"},
    ),
}
BOTH = {"created>=2026-01-01", "created:2026", "created:-2w..today"}
JOAO = {
    *("joão", 'source:"Feira do Imóvel"', "loss:preço", "utm_content:b", "value:..1500", "created:today", "-has:user"),
    "created>2026-02-14T09:30",
}
"""Written in a time zone where the other lead was made at that minute."""


def examples() -> list[str]:
    tables = [table for table in TABLES if table[0][-1] == "examples"]
    return [example for table in tables for row in table[2:] for example in re.findall("`(.+?)`", row[-1])]


def matching(example: str) -> set[str]:
    query = read(example, now_ms=NOW_MS, zone=ZoneInfo("America/Sao_Paulo"))
    return {name for name, lead in LEADS.items() if matches(query, lead)}


def test_there_are_examples_in_every_table() -> None:
    assert len(examples()) == len(set(examples())) > 40
    assert all(re.search("`.+`", row[-1]) for table in TABLES for row in table[2:])


@pytest.mark.parametrize("example", examples())
def test_an_example_finds_the_leads_that_it_should(example: str) -> None:
    assert matching(example) == (set(LEADS) if example in BOTH else {"joão"} if example in JOAO else {"maria"})


def test_the_first_query_is_read() -> None:
    assert len(read(BLOCKS[0].strip(), now_ms=NOW_MS).terms) == 8


def test_the_mistake_is_shown_as_in_the_guide() -> None:
    text = BLOCKS[1].splitlines()[0]
    with pytest.raises(SearchError) as caught:
        read(text, now_ms=NOW_MS)
    assert point_at_error(text, caught.value) + "\n" == BLOCKS[1]


@pytest.mark.parametrize("field", FIELDS)
def test_the_guide_names_the_field(field: str) -> None:
    assert any(f"`{field}`" in row[0] for table in TABLES for row in table)
