"""The terms of a query in the words of a person, in both languages."""

from datetime import UTC, datetime

import pytest

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.search.check import check
from leadloop.core.search.completion import field_names, fixed_values
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.values import Moment
from leadloop.web.formats import Formats
from leadloop.web.query_words import QueryWords
from leadloop.web.words.language import Words

NOW_MS = int(datetime(2026, 2, 20, 15, tzinfo=UTC).timestamp() * 1_000)
MOMENT = Moment(NOW_MS, UTC)


def words_in(language: str, currency: str | None = "BRL") -> QueryWords:
    catalogue = Catalogue("a" * 24)
    catalogue.put(
        [
            Entry(
                kind="users",
                key="u1",
                id="u1",
                name="Ana Lima",
                email="a@x.example",
                past_names=["Ana Souza"],
                created_at_ms=0,
                updated_at_ms=0,
            ),
            Entry(kind="tags", key="t1", id="t1", name="VIP", given=True, created_at_ms=0, updated_at_ms=0),
        ]
    )
    return QueryWords(Words(Formats(language, "UTC", NOW_MS), currency), catalogue)


def shown(text: str, language: str = "en") -> list[str]:
    query = check(text, MOMENT, ("ana lima",))
    assert query.mistakes == []
    return [words_in(language).term(term).text for term in query.terms]


@pytest.mark.parametrize(
    ("term", "english", "portuguese"),
    [
        ("maria", "maria", "maria"),
        ('-"ana maria"', "minus “ana maria”", "menos “ana maria”"),
        ("name:ana", "name ana", "nome ana"),
        ("stage:new", "stage New", "etapa Novo"),
        ('stage:LOST,"Proposta enviada"', "stage Lost or Proposta enviada", "etapa Perdido ou Proposta enviada"),
        ("-source:DIRECT", "minus source Direct visit", "menos origem Visita direta"),
        ("source:feira", "source feira", "origem feira"),
        ("type:LEAD_TYPE_FORM", "type Form", "tipo Formulário"),
        ("status:no_answer", "status No answer", "situação Não atendeu"),
        ("has:email,phone", "with e-mail or phone", "com e-mail ou telefone"),
        ("-has:user", "without salesperson", "sem responsável"),
        ("user:me", "salesperson you", "responsável você"),
        ('user:"Ana Lima","Ana Souza",u1', "salesperson Ana Lima", "responsável Ana Lima"),
        ("user:a@x.example", "salesperson Ana Lima", "responsável Ana Lima"),
        ("tag:t1,cold", "tag VIP or cold", "etiqueta VIP ou cold"),
        ("utm_source:google", "utm_source google", "utm_source google"),
        ("value>1000", "value over R$1,000.00", "valor acima de R$\u00a01.000,00"),
        ("value<=10.5", "value up to R$10.50", "valor até R$\u00a010,50"),
        ("value:1..2", "value R$1.00 to R$2.00", "valor R$\u00a01,00 a R$\u00a02,00"),
        ("created:today", "created today", "criação hoje"),
        ("created:-6d..today", "created last 7 days", "criação últimos 7 dias"),
        ("date:-2w..", "date last 15 days", "data últimos 15 dias"),
        ("date>=-7d", "date last 8 days", "data últimos 8 dias"),
        ("date>=yesterday", "date from yesterday on", "data a partir de ontem"),
        ("date>-7d", "date after 7 days ago", "data depois de 7 dias atrás"),
        ("date<2026-02", "date before February 2026", "data antes de fevereiro de 2026"),
        ("created:2026-01-31", "created 31 Jan 2026", "criação 31 jan. 2026"),
        ("created:2025..2026-01", "created 2025 to January 2026", "criação 2025 a janeiro de 2026"),
        ("created>2026-02-14T09:30", "created after 14 Feb 2026, 09:30", "criação depois de 14 fev. 2026, 09:30"),
        (
            "created<2026-02-14T09:30Z",
            "created before 14 Feb 2026, 09:30 UTC",
            "criação antes de 14 fev. 2026, 09:30 UTC",
        ),
        ("created:..yesterday", "created up to yesterday", "criação até ontem"),
        ("id:01a20273bbe9040db1384743", "lead ID 01a20273bbe9040db1384743", "ID do lead 01a20273bbe9040db1384743"),
    ],
)
def test_a_term_in_words(term: str, english: str, portuguese: str) -> None:
    assert shown(term) == [english]
    assert shown(term, "pt-BR") == [portuguese]


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_every_field_and_fixed_value_has_a_name(language: str) -> None:
    words = words_in(language)
    names = {candidate.value.rstrip(":>="): candidate.label for candidate in field_names(words.label)}
    assert set(names) == set(FIELDS)
    assert all("_" not in name or name.startswith("utm_") for name in names.values())
    for field in FIELDS:
        for is_compared in (False, True):
            for candidate in fixed_values(field, MOMENT, words.label, is_compared=is_compared):
                name = candidate.label
                assert name and ".." not in name and (name == "API" or not name.isupper())
