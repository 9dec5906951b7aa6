"""A lead with a value in every property that a client may write, as a Brazilian clinic would send it."""

from collections.abc import Iterator
from typing import Any

USER = {
    "email": "bia@clinica.example",
    "globalAutoAttributionDisabled": False,
    "id": "65f0c0ffee0000000000aa01",
    "isRealUser": True,
    "phoneNumber": "+55 11 91234-0001",
    "userId": "u_bia",
    "userName": "Bia Lima",
}
ACTIVITY = {
    "attributionUser": USER,
    "completedAt": 1_767_312_000_456,
    "createdAt": 1_767_225_600_123,
    "description": "Ligação de retorno — pediu orçamento",
    "dueAt": 1_767_398_400_000,
    "id": "act_1",
    "isComplete": True,
    "kind": "CALL",
    "name": "Retorno",
    "referenceLead": {
        "accountId": "65f0c0ffee0000000000bb01",
        "attributionUser": {**USER, "accountId": "65f0c0ffee0000000000bb01"},
        "email": "outro@example.com",
        "leadId": "65f0c0ffee0000000000bb02",
        "name": "Outro Lead",
        "phoneNumber": "+55 21 99999-0000",
        "source": "REFERRAL",
        "status": "COMPLETE",
        "type": "CALL",
    },
}
MESSAGE = {
    "audio": {"hasTranscription": True, "transcription": "Olá, tudo bem?", "url": "https://cdn.example/a.ogg"},
    "contact": {
        "company": "Example Ltda",
        "email": "c@example.com",
        "name": "Contato",
        "phoneNumber": "+55 11 3333-4444",
        "url": "https://example.com/c",
    },
    "content": "Bom dia! 👋\nQuanto custa?",
    "createdAt": 1_767_229_200_789,
    "file": {
        "id": "file-1",
        "lengthSeconds": 12,
        "mimeType": "audio/ogg",
        "sizeBytes": 9_007_199_254_740_993,
        "url": "https://cdn.example/f",
    },
    "id": "wamid_1",
    "messageSender": "LEAD",
    "messageType": "AUDIO",
    "through": "whatsapp",
}
TEXTS = {
    "name": "Ana Clara de Souza",
    "email": "Ana.Clara@Example.com",
    "phoneNumber": "+55 (11) 98765-4321",
    "address": "Rua das Flores, 12 — São Paulo",
    "note": "Prefere WhatsApp à tarde",
    "cpf": "123.456.789-09",
    "cnpj": "12.345.678/0001-95",
    "companyName": "Souza & Filhos",
    "source": "INSTAGRAM",
    "customLeadSourceId": "src_1",
    "type": "FORM",
    "customLeadTypeId": "type-1",
    "status": "ACTIVE",
    "thermometer": "quente",
    "through": "whatsapp",
    "helenaLastSessionId": "helena-7f",
    "callId": "call/1",
    "callStatus": "ANSWERED",
    "callAudioUrl": "https://cdn.example/call.mp3?x=1&y=2",
    "googleLeadId": "TeSter_Google-1",
    "facebookLeadId": "444444444444444",
    "facebookFormId": "555",
    "facebookFormName": "Formulário de avaliação",
    "facebookPageId": "666",
    "facebookPageName": "Clínica Exemplo",
    "facebookAdId": "777",
    "facebookAdgroupId": "888",
    "facebookAdsPixelData": '{"fbp": "fb.1.1.2",  "fbc":null}',
    "formId": "form-9",
    "keyword": "implante dentário",
    "referrer": "https://www.google.com/",
    "startUrl": "https://clinica.example/lp?utm_source=google",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
    "utmCampaign": "verão_2026",
    "utmContent": "banner 1",
    "utmMedium": "cpc",
    "utmSource": "google",
    "utmTerm": "implante",
}
WHOLES = {
    "leadDate": 1_767_225_600_001,
    "callDuration": 93,
    "googleCampaignId": 2**63 - 1,
    "googleAdgroupId": -(2**63),
    "googleCreativeId": 2**53 + 1,
    "googleFormId": 42,
    "navStartedAt": 1_767_225_500_002,
    "navEndedAt": 1_767_225_590_003,
}
NESTED: dict[str, Any] = {
    "activities": [ACTIVITY],
    "aiData": {"hasCollectedData": True, "isActive": False},
    "campaignIdData": {"ctwaClid": "ARAkLkA8rmlFeiCktEJQ-QTwRiyYHAFDLMNDBH0CD3qpjd0HR4"},
    "conversionSteps": {"visit": True, "contract signed": False},
    "conversionStepTimestamps": {"visit": 1_767_225_600_004},
    "leadAttributionUser": USER,
    "unit": {"id": "unit_1", "name": "Unidade Centro"},
    "department": {"id": "dep_1", "name": "Ortodontia", "unitId": "unit_1"},
    "interest": {"id": "int_1", "name": "Aparelho", "departmentId": "dep_1", "unitId": "unit_1"},
    "tags": [
        {"id": "tag_1", "name": "VIP", "color": "#ff0000", "createdAt": 1_767_225_600_005},
        {"id": "tag_2", "name": "Indicação", "color": "", "createdAt": 1_767_225_600_006},
    ],
    "fields": [
        {"id": "budget", "name": "Qual o orçamento?", "value": "R$ 5.000"},
        {"id": "any key: at all", "name": "Convênio", "value": "Não"},
    ],
    "leadCart": {
        "leadProducts": [
            {"amount": 2, "product": {"id": "p_1", "name": "Aparelho", "value": 1234.567891}, "value": 2469.135782},
            {"amount": 0.5, "product": {"id": "p_2", "name": "Limpeza", "value": 100}, "value": 45.5},
        ],
    },
    "saleValue": 1234.567891,
    "leadLossReson": {"id": "loss_1", "name": "Preço"},
    "leadActivityReason": {"id": "reason_1", "name": "Retorno"},
    "lastMessage": MESSAGE,
    "dialog360Info": {
        "channelId": "ch_1",
        "expadAccountId": "exp_acc",
        "expadLeadId": "exp_lead",
        "lastLeadMessageAt": 1_767_229_200_789,
        "name": "Ana (WhatsApp)",
        "phoneNumber": "5511987654321",
        "unreadCount": 3,
    },
    "markedForDeletion": False,
}
FULL: dict[str, Any] = {**TEXTS, **WHOLES, **NESTED}


def lacks(sent: Any, shown: Any, at: str = "") -> Iterator[str]:
    """The places where the shown value differs from the one sent; additional members are allowed."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        for name, member in sent.items():
            yield from lacks(member, shown.get(name), f"{at}/{name}")
    elif isinstance(sent, list) and isinstance(shown, list) and len(sent) == len(shown):
        for index, (item, shown_item) in enumerate(zip(sent, shown, strict=True)):
            yield from lacks(item, shown_item, f"{at}/{index}")
    elif isinstance(sent, bool) is not isinstance(shown, bool) or sent != shown:
        yield f"{at}: sent {sent!r}, shown {shown!r}"
