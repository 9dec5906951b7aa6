"""The leads that every contender is loaded with: the same ones, in the spelling of the Expad API.

Pure: lead `n` of a seed is always the same. As JSON each has about 4 KB, in leadloop's stored form as well.
"""

import random
from collections.abc import Iterator
from typing import Any

LeadBody = dict[str, Any]

FIRST = ("Ana", "Bruno", "Carla", "Diego", "Elisa", "Fabio", "Gabriela", "Heitor", "Ines", "Joao", "Karina", "Luiz")
LAST = ("Souza", "Lima", "Pereira", "Costa", "Almeida", "Ribeiro", "Carvalho", "Gomes", "Martins", "Rocha", "Barbosa")
_TEXT = (
    "clinic visit price plan doctor schedule morning afternoon insurance treatment first call back budget family "
    "implant whitening distance parking week monday friday form answer interested later friend recommended "
    "website"
)
WORDS = _TEXT.split()
SOURCES = ("GOOGLE_ADS", "FACEBOOK_ADS", "WHATSAPP", "SITE", "INSTAGRAM")
STAGES = ("NEW", "ACTIVE", "COMPLETE", "LOST")
FIRST_DATE_MS = 1_735_689_600_000
YEAR_MS = 365 * 86_400_000


def leads(seed: int, count: int) -> Iterator[LeadBody]:
    for n in range(count):
        yield lead(seed, n)


def lead(seed: int, n: int) -> LeadBody:
    """The body that creates lead `n`: no ids of the server's, no times but its own."""
    dice = random.Random(f"{seed}/{n}")
    first, last = dice.choice(FIRST), dice.choice(LAST)
    return {
        "name": f"{first} {last} {n}",
        "email": f"{first}.{last}.{n}@example.com".lower(),
        "phoneNumber": f"+55119{dice.randrange(10**7, 10**8)}",
        "companyName": f"{last} e Filhos {n % 977}",
        "address": f"Rua {last}, {n % 3000}, Sao Paulo",
        "note": _text(dice, 60),
        "source": dice.choice(SOURCES),
        "type": "FORM",
        "status": dice.choice(STAGES),
        "thermometer": dice.choice(("COLD", "WARM", "HOT")),
        "leadDate": FIRST_DATE_MS + dice.randrange(YEAR_MS),
        "saleValue": dice.randrange(100, 10**7) / 100,
        **_calls_and_ads(dice),
        **_nested(dice, n),
    }


def _calls_and_ads(dice: random.Random) -> LeadBody:
    number = dice.randrange(10**15, 10**16)
    return {
        "through": "website",
        "keyword": " ".join(dice.sample(WORDS, 2)),
        "callId": f"call-{number:x}",
        "callStatus": dice.choice(("answered", "missed", "voicemail")),
        "callAudioUrl": f"https://audio.example.com/{number}.mp3",
        "callDuration": dice.randrange(1, 900),
        "facebookLeadId": f"fb{number}",
        "facebookFormName": _text(dice, 5),
        "startUrl": f"https://www.example.com/landing/{dice.choice(WORDS)}?utm_source=ads&click={number:x}",
        "referrer": f"https://www.example.org/{dice.choice(WORDS)}",
        "userAgent": "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Mobile",
        "utmCampaign": f"{dice.choice(WORDS)}-{dice.randrange(100)}",
        "utmMedium": "cpc",
        "utmSource": dice.choice(("google", "facebook")),
    }


def _nested(dice: random.Random, n: int) -> LeadBody:
    return {
        "leadAttributionUser": {"id": f"user{n % 17}", "userName": dice.choice(FIRST), "isRealUser": True},
        "unit": {"id": f"unit{n % 5}", "name": f"Unit {n % 5}"},
        "department": {"id": f"dep{n % 7}", "name": f"Department {n % 7}", "unitId": f"unit{n % 5}"},
        "interest": {"id": f"int{n % 11}", "name": dice.choice(WORDS), "departmentId": f"dep{n % 7}"},
        "tags": [{"id": f"tag{k}", "name": WORDS[k], "color": "#336699"} for k in dice.sample(range(20), 3)],
        "fields": [
            {"id": f"question{k}", "name": f"Question {k} of the form?", "value": _text(dice, 6)} for k in range(10)
        ],
        "activities": [_activity(dice, k) for k in range(3)],
        "conversionSteps": {"visited": False, "scheduled": True},
        "aiData": {"hasCollectedData": True, "isActive": False},
        "leadCart": {
            "leadProducts": [
                {"amount": 1, "value": 150.5, "product": {"id": f"p{k}", "name": WORDS[k], "value": 150.5}}
                for k in dice.sample(range(20), 2)
            ]
        },
    }


def _activity(dice: random.Random, k: int) -> LeadBody:
    at_ms = FIRST_DATE_MS + dice.randrange(YEAR_MS)
    return {
        "id": f"activity{k}",
        "kind": "call",
        "name": _text(dice, 3),
        "description": _text(dice, 20),
        "dueAt": at_ms,
        "createdAt": at_ms,
        "isComplete": k == 0,
    }


def _text(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(WORDS, k=words))
