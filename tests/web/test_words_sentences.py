"""Sentences about the lead, its people, messages, notes, tasks and tags, in English and in Brazilian Portuguese."""

import pytest

from leadloop.core.changes import FieldChange
from tests.web.words_support import ANA, BRENO, DAY_MS, ROUND_ROBIN, T, check_sentence, tags, task

SENTENCES: list[tuple[list[FieldChange], str, str]] = [
    (
        [FieldChange("/stage", "NEW", "ACTIVE")],
        "moved the lead from New to Active",
        "moveu o lead de Novo para Em atendimento",
    ),
    (
        [FieldChange("/stage", "ACTIVE", "Visita agendada")],
        "moved the lead from Active to “Visita agendada”",
        "moveu o lead de Em atendimento para “Visita agendada”",
    ),
    (
        [FieldChange("/stage", "LOST", "ACTIVE"), FieldChange("/status", "rejected", "qualified")],
        "reopened the lead from Lost to Active",
        "reabriu o lead de Perdido para Em atendimento",
    ),
    (
        [FieldChange("/stage", "ACTIVE", "COMPLETE"), FieldChange("/status", "qualified", "accepted")],
        "won the lead",
        "fechou a venda",
    ),
    (
        [
            FieldChange("/stage", "ACTIVE", "LOST"),
            FieldChange("/status", "qualified", "rejected"),
            FieldChange("/loss_reason", None, {"id": "x", "name": "Preço alto"}),
        ],
        "marked the lead as lost because of “Preço alto”",
        "marcou o lead como perdido por “Preço alto”",
    ),
    (
        [FieldChange("/stage", "ACTIVE", "LOST"), FieldChange("/status", "qualified", "no_contact")],
        "closed the lead without contact",
        "encerrou o lead sem contato",
    ),
    (
        [
            FieldChange("/stage", "ACTIVE", "LOST"),
            FieldChange("/status", "qualified", "dnc"),
            FieldChange("/flags/isDnc", None, True),
        ],
        "recorded that the lead wants no contact",
        "registrou que o lead não quer ser contatado",
    ),
    (
        [FieldChange("/status", "new", "pending")],
        "changed the status from New lead to Pending",
        "alterou a situação de Lead novo para Pendente",
    ),
    ([FieldChange("/status", "contacted", "document_sent")], "sent a document", "enviou um documento"),
    ([FieldChange("/owner", None, ANA)], "assigned the lead to Amanda Torres", "atribuiu o lead a Amanda Torres"),
    (
        [FieldChange("/owner", ANA, BRENO)],
        "handed the lead over from Amanda Torres to Breno Castilho",
        "passou o lead de Amanda Torres para Breno Castilho",
    ),
    ([FieldChange("/owner", BRENO, None)], "took the lead away from Breno Castilho", "tirou o lead de Breno Castilho"),
    (
        [FieldChange("/owner", None, ANA, ROUND_ROBIN)],
        "assigned the lead to Amanda Torres automatically",
        "atribuiu o lead automaticamente a Amanda Torres",
    ),
    (
        [FieldChange("/owner", None, None, "autoAttribution: no user of unit Recife takes leads")],
        "found nobody to assign the lead to",
        "não encontrou a quem atribuir o lead",
    ),
    (
        [FieldChange("/owner", BRENO, {**ANA, "id": "me"})],
        "took the lead over from Breno Castilho",
        "assumiu o lead no lugar de Breno Castilho",
    ),
    ([FieldChange("/owner", None, {**ANA, "id": "me"})], "took the lead on", "assumiu o lead"),
    (
        [FieldChange("/owner", None, {"id": "a" * 24})],
        "assigned the lead to somebody without a name",
        "atribuiu o lead a alguém sem nome",
    ),
    ([FieldChange("/deleted_at_ms", None, T)], "deleted the lead", "excluiu o lead"),
    ([FieldChange("/deleted_at_ms", T, None)], "restored the lead", "restaurou o lead"),
    (
        [
            FieldChange("/messages/m1", None, {"id": "m1", "content": "Oi", "sender": "lead", "through": "whatsapp"}),
            FieldChange("/last_message", None, {}),
            FieldChange("/channel/unread_count", 1, 2),
        ],
        "received a message by WhatsApp",
        "recebeu uma mensagem por WhatsApp",
    ),
    (
        [FieldChange("/messages/m1", None, {"id": "m1", "content": "Oi", "sender": "user", "through": "email"})],
        "sent a message by e-mail",
        "enviou uma mensagem por e-mail",
    ),
    (
        [FieldChange("/messages/m1", {"id": "m1", "content": "Oi"}, {"id": "m1", "content": "Olá"})],
        "corrected a message",
        "corrigiu uma mensagem",
    ),
    ([FieldChange("/notes/n1", None, {"id": "n1", "text": "x"})], "wrote a note", "escreveu uma nota"),
    (
        [
            FieldChange("/notes/n1", None, {"id": "n1", "text": "x"}),
            FieldChange("/notes/n2", None, {"id": "n1", "text": "x"}),
        ],
        "wrote 2 notes",
        "escreveu 2 notas",
    ),
    (
        [FieldChange("/notes/n1", {"id": "n1", "text": "x"}, {"id": "n1", "text": "y"})],
        "edited a note",
        "editou uma nota",
    ),
    ([FieldChange("/notes/n1", {"id": "n1", "text": "x"}, None)], "removed a note", "removeu uma nota"),
    (
        [FieldChange("/activities/t", None, task())],
        "scheduled “Visita técnica” for 28 May 2026, 17:26",
        "agendou “Visita técnica” para 28 mai. 2026, 17:26",
    ),
    (
        [FieldChange("/activities/t", None, task(due_at_ms=None))],
        "added the task “Visita técnica”",
        "criou a tarefa “Visita técnica”",
    ),
    (
        [FieldChange("/activities/t", None, task(is_complete=True))],
        "added the task “Visita técnica” (already done)",
        "criou a tarefa “Visita técnica” (já concluída)",
    ),
    (
        [FieldChange("/activities/t", task(), task(is_complete=True, completed_at_ms=T))],
        "finished “Visita técnica”",
        "concluiu “Visita técnica”",
    ),
    (
        [FieldChange("/activities/t", task(is_complete=True), task())],
        "reopened “Visita técnica”",
        "reabriu “Visita técnica”",
    ),
    (
        [FieldChange("/activities/t", task(), task(due_at_ms=T + DAY_MS))],
        "put “Visita técnica” off to 29 May 2026, 17:26",
        "adiou “Visita técnica” para 29 mai. 2026, 17:26",
    ),
    (
        [FieldChange("/activities/t", task(), task(due_at_ms=T - DAY_MS))],
        "brought “Visita técnica” forward to 27 May 2026, 17:26",
        "antecipou “Visita técnica” para 27 mai. 2026, 17:26",
    ),
    (
        [FieldChange("/activities/t", task(), task(owner=BRENO))],
        "handed “Visita técnica” to Breno Castilho",
        "passou “Visita técnica” para Breno Castilho",
    ),
    (
        [FieldChange("/activities/t", task(), task(description="levar trena"))],
        "changed “Visita técnica”",
        "alterou “Visita técnica”",
    ),
    ([FieldChange("/activities/t", task(), None)], "removed “Visita técnica”", "removeu “Visita técnica”"),
    ([FieldChange(f"/activities/t{i}", None, task()) for i in range(4)], "added 4 tasks", "criou 4 tarefas"),
    (
        [FieldChange("/tags", tags("urgente"), tags("urgente", "cliente"))],
        "added the tag “cliente”",
        "adicionou a etiqueta “cliente”",
    ),
    (
        [FieldChange("/tags", None, tags(*"abcde"))],
        "added the tags “a”, “b” and 3 more",
        "adicionou as etiquetas “a”, “b” e mais 3",
    ),
    ([FieldChange("/tags", tags("urgente"), None)], "removed the tag “urgente”", "removeu a etiqueta “urgente”"),
    (
        [FieldChange("/tags", tags("urgente"), tags("cliente"))],
        "replaced the tags “urgente” by “cliente”",
        "trocou as etiquetas “urgente” por “cliente”",
    ),
]


@pytest.mark.parametrize(("fields", "english", "portuguese"), SENTENCES)
def test_a_change_reads_as_a_sentence(fields: list[FieldChange], english: str, portuguese: str) -> None:
    check_sentence(fields, english, portuguese)
