"""Sentences about the lead's fields, in English and in Brazilian Portuguese."""

import pytest

from leadloop.core.changes import FieldChange
from tests.web.words_support import DAY_MS, T, check_sentence

SENTENCES: list[tuple[list[FieldChange], str, str]] = [
    (
        [FieldChange("/phone", None, "+5511912345678")],
        "added the phone (11) 91234-5678",
        "informou o telefone (11) 91234-5678",
    ),
    (
        [FieldChange("/phone", "+5511912345678", "+5511987654321")],
        "changed the phone from (11) 91234-5678 to (11) 98765-4321",
        "alterou o telefone de (11) 91234-5678 para (11) 98765-4321",
    ),
    (
        [FieldChange("/phone", "+5511912345678", "(11) 91234-5678")],
        "updated technical data",
        "atualizou dados técnicos",
    ),
    ([FieldChange("/email", "ana@example.com", None)], "removed the e-mail", "removeu o e-mail"),
    (
        [
            FieldChange("/name", "Ana Souza", "Ana Lima"),
            FieldChange("/first_name", "Ana", "Ana"),
            FieldChange("/last_name", "Souza", "Lima"),
        ],
        "changed the name from “Ana Souza” to “Ana Lima”",
        "alterou o nome de “Ana Souza” para “Ana Lima”",
    ),
    ([FieldChange("/cpf", None, "12345678909")], "added the CPF 123.456.789-09", "informou o CPF 123.456.789-09"),
    (
        [FieldChange("/date_of_birth", None, "1980-03-05")],
        "added the date of birth 5 Mar 1980",
        "informou a data de nascimento 5 mar. 1980",
    ),
    (
        [FieldChange("/company_name", None, "Padaria Sol")],
        "added the company “Padaria Sol”",
        "informou a empresa “Padaria Sol”",
    ),
    (
        [FieldChange("/address/street", None, "Rua A"), FieldChange("/address/city", None, "Recife")],
        "filled in the address",
        "preencheu o endereço",
    ),
    (
        [FieldChange("/address/city", "Recife", "Olinda")],
        "changed the city from “Recife” to “Olinda”",
        "alterou a cidade de “Recife” para “Olinda”",
    ),
    ([FieldChange("/thermometer", None, "HOT")], "set the temperature to Hot", "definiu a temperatura como Quente"),
    (
        [FieldChange("/thermometer", "COLD", "HOT")],
        "changed the temperature from Cold to Hot",
        "alterou a temperatura de Frio para Quente",
    ),
    (
        [FieldChange("/source", "GOOGLE", "FACEBOOK")],
        "changed the source from Google to Facebook",
        "alterou a origem de Google para Facebook",
    ),
    (
        [
            FieldChange("/source", "GOOGLE", "CUSTOM"),
            FieldChange("/custom_source_name", None, "Feira"),
            FieldChange("/custom_source_id", None, "ab" * 12),
        ],
        "set the source to “Feira”",
        "definiu a origem como “Feira”",
    ),
    (
        [FieldChange("/unit", {"id": "1", "name": "Recife"}, {"id": "2", "name": "Olinda"})],
        "changed the unit from “Recife” to “Olinda”",
        "alterou a unidade de “Recife” para “Olinda”",
    ),
    (
        [FieldChange("/sale_value_micros", None, 14900000000)],
        "recorded a sale of R$14,900.00",
        "registrou uma venda de R$\xa014.900,00",
    ),
    (
        [FieldChange("/sale_value_micros", 14900000000, 13900000000)],
        "changed the sale value from R$14,900.00 to R$13,900.00",
        "alterou o valor da venda de R$\xa014.900,00 para R$\xa013.900,00",
    ),
    ([FieldChange("/sale_value_micros", 14900000000, None)], "removed the sale value", "removeu o valor da venda"),
    (
        [
            FieldChange(
                "/cart",
                None,
                {
                    "lines": [{"product": {"name": "Kit"}, "amount_micros": 2000000, "value_micros": 100000000}],
                    "value_micros": 200000000,
                },
            )
        ],
        "put R$200.00 in the cart",
        "montou um carrinho de R$\xa0200,00",
    ),
    (
        [FieldChange("/steps/proposal_sent", None, True), FieldChange("/step_times_ms/proposal_sent", None, T)],
        "sent the proposal",
        "enviou a proposta",
    ),
    (
        [FieldChange("/steps/contratoAssinado", None, True)],
        "marked “Contrato assinado” as done",
        "marcou “Contrato assinado” como feito",
    ),
    (
        [FieldChange("/steps/proposal_sent", True, False)],
        "marked the step “proposal sent” as not done",
        "marcou o passo “proposta enviada” como não feito",
    ),
    (
        [FieldChange("/answers/renda", None, {"key": "renda", "label": "Qual a sua renda?", "value": "R$ 5 mil"})],
        "recorded the answer to “Qual a sua renda?”: “R$ 5 mil”",
        "registrou a resposta a “Qual a sua renda?”: “R$ 5 mil”",
    ),
    (
        [FieldChange(f"/answers/{k}", None, {"key": k, "value": k}) for k in "abc"],
        "recorded 3 answers",
        "registrou 3 respostas",
    ),
    (
        [FieldChange("/custom_fields/consumoKwh", None, 280)],
        "set “Consumo kwh” to 280",
        "definiu “Consumo kwh” como 280",
    ),
    (
        [FieldChange("/custom_fields/consumoKwh", 280, 300)],
        "changed “Consumo kwh” from 280 to 300",
        "alterou “Consumo kwh” de 280 para 300",
    ),
    (
        [FieldChange("/custom_fields/aceitaVisita", None, True)],
        "set “Aceita visita” to Yes",
        "definiu “Aceita visita” como Sim",
    ),
    (
        [FieldChange("/custom_fields/a", None, 1), FieldChange("/custom_fields/b", None, 1)],
        "filled in the custom fields",
        "preencheu os campos personalizados",
    ),
    (
        [FieldChange("/params/utm_source", None, "google")],
        "set the UTM source to “google”",
        "definiu a origem da UTM como “google”",
    ),
    (
        [
            FieldChange("/params/utm_source", None, "google"),
            FieldChange("/params/utm_medium", None, "cpc"),
            FieldChange("/attribution/gclid", None, "x"),
        ],
        "filled in the campaign data",
        "preencheu os dados de campanha",
    ),
    (
        [FieldChange("/consent/tcpaConsent", None, True), FieldChange("/consent/tcpaText", None, "I agree")],
        "recorded the consent to calls and texts",
        "registrou o consentimento para ligações e mensagens",
    ),
    (
        [FieldChange("/consent/tcpaConsent", True, False)],
        "recorded the refusal of calls and texts",
        "registrou a recusa a ligações e mensagens",
    ),
    ([FieldChange("/flags/isTest", None, True)], "marked the lead as a test", "marcou o lead como teste"),
    ([FieldChange("/flags/isDnc", True, False)], "removed the mark “do not contact”", "removeu a marca “não contatar”"),
    ([FieldChange("/flags/vip", None, True)], "marked the lead with “Vip”", "marcou o lead com “Vip”"),
    ([FieldChange("/approval/status", None, "pending")], "asked for the lead's approval", "pediu a aprovação do lead"),
    (
        [FieldChange("/approval/status", "pending", "rejected"), FieldChange("/approval/reason", None, "x")],
        "refused to approve the lead",
        "recusou a aprovação do lead",
    ),
    (
        [
            FieldChange("/call_id", None, "x"),
            FieldChange("/call_status", None, "completed"),
            FieldChange("/call_duration_s", None, 133),
        ],
        "recorded a call of 2 min 13 s",
        "registrou uma ligação de 2 min 13 s",
    ),
    (
        [FieldChange("/last_activity_at_ms", 1, 2), FieldChange("/duplicate", 0, 1)],
        "updated technical data",
        "atualizou dados técnicos",
    ),
    ([], "changed nothing", "não alterou nada"),
    ([FieldChange("/ai/is_active", None, True)], "switched the assistant on", "ligou o assistente"),
    (
        [FieldChange("/detail", None, "passed")],
        "added the detail of the status “passed”",
        "informou o detalhe da situação “passed”",
    ),
    (
        [FieldChange("/timezone", None, "America/Sao_Paulo"), FieldChange("/timezone_source", None, "ip")],
        "set the time zone to São Paulo",
        "definiu o fuso horário como São Paulo",
    ),
    (
        [
            FieldChange("/phone", None, "+5511912345678"),
            FieldChange("/email", None, "a@b.co"),
            FieldChange("/company_name", None, "x"),
            FieldChange("/cpf", None, "y"),
            FieldChange("/country", None, "BR"),
        ],
        "filled in the e-mail, the phone and 3 more fields",
        "preencheu o e-mail, o telefone e mais 3 campos",
    ),
    (
        [FieldChange("/phone", "1", "+5511912345678"), FieldChange("/email", None, "a@b.co")],
        "changed the e-mail and the phone",
        "alterou o e-mail e o telefone",
    ),
    (
        [FieldChange("/currency", "BRL", "USD")],
        "changed the currency from BRL to USD",
        "alterou a moeda de BRL para USD",
    ),
    (
        [FieldChange("/lead_date_ms", T, T - DAY_MS)],
        "changed the lead's date from 28 May 2026, 17:26 to 27 May 2026, 17:26",
        "alterou a data do lead de 28 mai. 2026, 17:26 para 27 mai. 2026, 17:26",
    ),
    (
        [FieldChange("/campaign/id", None, "c"), FieldChange("/campaign/name", None, "C")],
        "filled in the campaign",
        "preencheu a campanha",
    ),
]


@pytest.mark.parametrize(("fields", "english", "portuguese"), SENTENCES)
def test_a_change_reads_as_a_sentence(fields: list[FieldChange], english: str, portuguese: str) -> None:
    check_sentence(fields, english, portuguese)
