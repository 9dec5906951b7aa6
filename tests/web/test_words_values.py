"""Stored values, reasons and fields as a person reads them."""

from typing import Any

import pytest

from leadloop.core.changes import FieldChange
from leadloop.core.leads.parts import Tag, User
from leadloop.web.formats import Formats
from leadloop.web.words import ChangedField, Words, describe, show_stage, show_value, why
from leadloop.web.words.show import LONGEST
from tests.web.words_support import DAY_MS, ROUND_ROBIN, T, check_sentence, task, words_of

EN, PT = words_of("en", "us"), words_of("pt-BR")
NO_ZONE = Words(Formats("en", "UTC", T))

CART = {
    "lines": [
        {"product": {"id": "1", "name": "Kit"}, "amount_micros": 2_000_000, "value_micros": 200_000_000},
        {"product": {"name": "Frete"}, "amount_micros": 500_000, "value_micros": 50_000_000},
    ],
    "value_micros": 250_000_000,
}


@pytest.mark.parametrize(
    ("field", "value", "english", "portuguese"),
    [
        ("phone", "+5511912345678", "+55 11 91234-5678", "(11) 91234-5678"),
        ("phone", "11912345678", "11912345678", "(11) 91234-5678"),
        ("phone", "+1 (512) 555-0101", "(512) 555-0101", "+1 512-555-0101"),
        ("/channel/phone", "call me", "call me", "call me"),
        ("sale_value_micros", 14_900_500_000, "$14,900.50", "R$\xa014.900,50"),
        ("lead_date_ms", T, "28 May 2026, 15:26", "28 mai. 2026, 17:26"),
        ("deleted_at_ms", 2**62, str(2**62), str(2**62)),
        ("call_duration_s", 3_673, "1 h 1 min 13 s", "1 h 1 min 13 s"),
        ("call_duration_s", 0, "0 s", "0 s"),
        ("date_of_birth", "1980-03-05", "5 Mar 1980", "5 mar. 1980"),
        ("date_of_birth", "1980-13-05", "1980-13-05", "1980-13-05"),
        ("cpf", "12345678909", "123.456.789-09", "123.456.789-09"),
        ("cnpj", "12345678000195", "12.345.678/0001-95", "12.345.678/0001-95"),
        ("country", "BR", "Brazil", "Brasil"),
        ("country", "??", "??", "??"),
        ("timezone", "America/Sao_Paulo", "São Paulo", "São Paulo"),
        ("stage", "new", "New", "Novo"),
        ("stage", "Visita agendada", "Visita agendada", "Visita agendada"),
        ("status", "no_answer", "No answer", "Não atendeu"),
        ("type", "LEAD_TYPE_LEAD_AD", "Lead ad", "Anúncio de cadastro"),
        ("source", "ORGANIC", "Organic search", "Busca orgânica"),
        ("thermometer", "hot", "Hot", "Quente"),
        ("owner", User(id="1", name="Ana"), "Ana", "Ana"),
        ("owner", {"email": "ana@example.com"}, "ana@example.com", "ana@example.com"),
        ("unit", {"id": "a" * 24}, "without a name", "sem nome"),
        ("tags", [Tag(name="a"), Tag(name="b")], "a, b", "a, b"),
        ("cart", CART, "2 × Kit, $200.00; 0.5 × Frete, $50.00; total $250.00", None),
        ("/flags/isTest", True, "Yes", "Sim"),
        ("/activities/x", task(), None, "Visita técnica · Tipo: visita · Prazo: 28 mai. 2026, 17:26"),
        ("/answers/x", {"key": "x", "value": ["solar", "roof"]}, "solar, roof", "solar, roof"),
        ("/notes/x", {"id": "x", "text": "a\nb"}, "a\nb", "a\nb"),
        ("/messages/x", {"id": "x", "audio": {"transcription": "oi"}}, "oi", "oi"),
        ("/messages/x", {"id": "x", "type": "audio"}, "audio", "áudio"),
        ("/message/sender", "lead", "the lead", "o lead"),
        ("/custom_fields/x", {"roofAge": 2020, "isOld": False}, "Roof age: 2020; Is old: No", None),
        ("/custom_fields/x", {"a": [1, {"b": None}], "c": {}}, "A: (1, (B: –)); C: empty", None),
        ("/custom_fields/x", [[[[[[1]]]]]], "(((…)))", "(((…)))"),
        ("/custom_fields/x", 3.14159, "3.14159", "3,14159"),
        ("/custom_fields/x", 1e300, "1e+300", "1e+300"),
        ("/consent/tcpaTimestamp", "2026-05-28T20:26:40Z", "28 May 2026, 15:26", "28 mai. 2026, 17:26"),
        ("/params/x", "<b>&amp;%s{0}</b>", "<b>&amp;%s{0}</b>", "<b>&amp;%s{0}</b>"),
        ("facebook_pixel_data", '{"event_name":"Lead"}', "Event name: Lead", "Event name: Lead"),
        ("facebook_pixel_data", "{broken", "{broken", "{broken"),
        ("message_without_a_field", None, "", ""),
    ],
)
def test_values_are_shown_for_people(field: str, value: Any, english: str | None, portuguese: str | None) -> None:
    for words, expected in ((EN, english), (PT, portuguese)):
        assert expected is None or show_value(field, value, words) == expected


def test_without_a_currency_money_has_no_sign() -> None:
    assert show_value("sale_value_micros", 14_900_000_000, NO_ZONE) == "14,900.00"


def test_long_values_are_cut() -> None:
    assert show_value("/notes/x", {"text": "x" * (LONGEST + 5)}, EN) == "x" * (LONGEST - 1) + "…"


def test_stages_have_names() -> None:
    assert [show_stage(stage, PT) for stage in ("NEW", "ACTIVE", "COMPLETE", "LOST", "Outra")] == [
        *("Novo", "Em atendimento", "Vendido", "Perdido", "Outra")
    ]


@pytest.mark.parametrize(
    ("reason", "english", "portuguese"),
    [
        (
            ROUND_ROBIN,
            "Round robin in the unit “São Paulo”: lead 2 of at most 6 today",
            "Rodízio da unidade “São Paulo”: 2º lead de no máximo 6 hoje",
        ),
        (
            "autoAttribution: round robin of the account, 3 today",
            "Round robin in the account: lead number 3 today",
            "Rodízio da conta: 3º lead de hoje",
        ),
        (
            "autoAttribution: every user of department Vendas, 2 of 3 has had the day's leads",
            "Nobody in the department “Vendas, 2 of 3” can take more leads today",
            "Ninguém do departamento “Vendas, 2 of 3” pode receber mais leads hoje",
        ),
        (
            f"autoAttribution: no user of interest {'a' * 24} takes leads",
            "Nobody for the interest “without a name” takes leads",
            "Ninguém do interesse “sem nome” recebe leads",
        ),
        ("something: else", "something: else", "something: else"),
    ],
)
def test_reasons_are_sentences(reason: str, english: str, portuguese: str) -> None:
    assert why(reason, EN) == english
    assert why(reason, PT) == portuguese


def test_a_creation_tells_where_the_lead_came_from_and_who_got_it() -> None:
    fields = [
        FieldChange("/name", None, "Ana"),
        FieldChange("/source", None, "WHATSAPP"),
        FieldChange("/phone", None, "+5511912345678"),
        FieldChange("/owner", None, User(id="1", name="Bia"), ROUND_ROBIN),
        FieldChange("/tags", None, [Tag(name="a")]),
    ]
    english = "created the lead from WhatsApp and assigned it to Bia automatically"
    check_sentence(
        fields, english, "cadastrou o lead vindo do WhatsApp e atribuiu automaticamente a Bia", is_first=True
    )


def test_what_is_left_out_is_counted() -> None:
    fields = [
        FieldChange("/stage", "NEW", "ACTIVE"),
        FieldChange("/status", "new", "qualified"),
        FieldChange("/owner", None, {"name": "Bia"}),
        FieldChange("/phone", None, "1"),
        FieldChange("/last_activity_at_ms", None, T),
    ]
    english = "moved the lead from New to Active, assigned it to Bia and changed one more field"
    check_sentence(fields, english, "moveu o lead de Novo para Em atendimento, atribuiu a Bia e alterou mais um campo")
    more = [*fields, FieldChange("/email", None, "a@b.co")]
    assert describe(more, EN).sentence.endswith("and changed 2 more fields")


def test_members_of_a_changed_task_are_fields_of_their_own() -> None:
    change = FieldChange("/activities/x", task(), task(due_at_ms=T + DAY_MS, description="long\ntext"))
    assert list(describe([change], PT).fields) == [
        ChangedField("Visita técnica · Prazo", "28 mai. 2026, 17:26", "29 mai. 2026, 17:26", False, False),
        ChangedField("Visita técnica · Descrição", None, "long\ntext", False, True),
    ]


def test_identifiers_of_leadloop_are_noise() -> None:
    text = describe([FieldChange("/form_id", None, "a" * 24)], EN)
    assert (text.is_noise, text.sentence) == (True, "updated technical data")
    assert not describe([FieldChange("/google_campaign_id", None, 5)], EN).is_noise


def test_a_reason_stands_where_nothing_was_set() -> None:
    field = FieldChange("/owner", None, None, "autoAttribution: no user of unit Recife takes leads")
    assert describe([field], PT).fields[0].after == "Ninguém da unidade “Recife” recebe leads"
