"""Creates the leads of the Brazilian seller: each source with the ids, parameters and attribution that it has in
reality."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from leadloop.core.ids import stable_id
from leadloop.demo.campaigns import Ad, ProductDemand, Source
from leadloop.demo.chance import digits, hexadecimal, token
from leadloop.demo.people import InventedPerson
from leadloop.demo.season import MINUTE_MS

Fields = dict[str, Any]

SITE_URL = "https://sol-nascente.example.com"
AGENTS = (
    "Mozilla/5.0 (Linux; Android 14; SM-A556E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605",
)
APP_AGENT = (
    "Mozilla/5.0 (Linux; Android 13; moto g54) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0 "
    "Mobile Safari/537.36 [FBAN/EMA;FBLC/pt_BR;FBAV/412.0]"
)
BILLS = ("até R$ 200", "R$ 200 a R$ 400", "R$ 400 a R$ 800", "R$ 800 a R$ 1.500", "acima de R$ 1.500")
ROOFS = ("cerâmica", "fibrocimento", "metálico", "laje", "ainda não sei")
HOURS = ("manhã", "tarde", "noite", "qualquer horário")
OPENINGS = (
    "Olá! Vi o anúncio e queria saber quanto custa {0} para a minha casa.",
    "Bom dia, vocês atendem em {1}? Tenho interesse em {0}.",
    "Oi, quero fazer uma simulação. Minha conta vem muito alta todo mês.",
    "Boa tarde! {0} tem financiamento? Qual o prazo de instalação em {1}?",
)


class Arrival(NamedTuple):
    """What is known about a lead when it arrives."""

    account_id: str
    person: InventedPerson
    source: Source
    ad: Ad | None
    demand: ProductDemand
    at_ms: int


def fields(dice: Random, arrival: Arrival) -> Fields:
    """The fields of the patch that creates the lead."""
    person, source = arrival.person, arrival.source
    values: Fields = {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "country": "BR",
        "source": source.word,
        "company_name": person.company or msgspec.UNSET,
        "address": person.address("BR", person.city.zip),
        "timezone": person.city.timezone,
        "timezone_source": "area_code",
    }
    if source.custom_name:
        values["custom_source_name"] = source.custom_name
        values["custom_source_id"] = stable_id(arrival.account_id, "source", source.custom_name.casefold())
    return values | _BY_SOURCE.get(source.word, _visit)(dice, arrival)


def _answers(dice: Random) -> list[Fields]:
    answers = (
        ("conta_de_luz", "Quanto você paga de luz por mês?", dice.choice(BILLS)),
        ("telhado", "Qual é o tipo do seu telhado?", dice.choice(ROOFS)),
        ("imovel_proprio", "O imóvel é próprio?", "sim" if dice.random() < 0.8 else "não"),
        ("melhor_horario", "Qual o melhor horário para falarmos?", dice.choice(HOURS)),
    )
    return [{"key": key, "label": label, "value": value} for key, label, value in answers[: dice.randrange(2, 5)]]


def _visit(dice: Random, arrival: Arrival, params: Fields | None = None, clicks: Fields | None = None) -> Fields:
    """A form on the web site, filled in after some minutes of reading."""
    page = f"{SITE_URL}/{arrival.ad.name}" if arrival.ad else f"{SITE_URL}/simulador"
    started_ms = arrival.at_ms - int((1 + dice.expovariate(0.2)) * MINUTE_MS)
    referrer = {"ORGANIC": "https://www.google.com/", "REFERRAL": "https://parceiro.example.org/"}
    attribution = {
        "capture_url": f"{page}?{urlencode(params)}" if params else page,
        "referrer": referrer.get(arrival.source.word, f"{SITE_URL}/"),
        "ip_address": arrival.person.ip,
        "user_agent": dice.choice(AGENTS),
        "capture_platform": "web",
    }
    return {
        "type": "LEAD_TYPE_FORM",
        "through": "site",
        "form_id": stable_id("demo", "form", page),
        "params": params or {},
        "attribution": attribution | (clicks or {}),
        "nav_started_at_ms": started_ms,
        "nav_ended_at_ms": arrival.at_ms,
        "answers": _answers(dice),
    }


def _utm(arrival: Arrival, source: str, medium: str, **more: str) -> Fields:
    campaign = arrival.ad.name if arrival.ad else "organico"
    return {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign, **more}


def _google(dice: Random, arrival: Arrival) -> Fields:
    ad = arrival.ad
    assert ad is not None
    keyword, creative = dice.choice(ad.keywords), ad.number * 7 + dice.randrange(4)
    click = f"Cj0KCQ{token(dice, 50)}"
    params = _utm(arrival, "google", "cpc", utm_term=keyword, utm_content=str(creative), gclid=click)
    values = _visit(dice, arrival, params | {"gad_source": "1"}, {"gclid": click, "ad_platform": "google"})
    values |= {
        "keyword": keyword,
        "google_campaign_id": ad.number,
        "google_adgroup_id": ad.number * 3 + len(keyword),
        "google_creative_id": creative,
    }
    if dice.random() < 0.25:
        values |= {"type": "LEAD_TYPE_LEAD_AD", "through": "google lead form", "google_form_id": ad.number * 11}
        values["google_lead_id"] = f"TeSter-{token(dice, 40)}"
    return values


def _meta(dice: Random, arrival: Arrival) -> Fields:
    """A form in Facebook or Instagram."""
    ad, source = arrival.ad, arrival.source.word.lower()
    assert ad is not None
    click, seconds = token(dice, 60), arrival.at_ms // 1000
    pixel = {"event_name": "Lead", "event_time": seconds, "event_id": hexadecimal(dice, 16)}
    return {
        "type": "LEAD_TYPE_LEAD_AD",
        "through": source,
        "params": _utm(arrival, source, "paid_social", utm_content=f"{ad.name}-v{dice.randrange(1, 5)}"),
        "attribution": {
            "fbclid": click,
            "fbc": f"fb.1.{seconds}000.{click}",
            "fbp": f"fb.1.{seconds - 86_400}000.{digits(dice, 10)}",
            "user_agent": APP_AGENT,
            "ip_address": arrival.person.ip,
            "ad_platform": "facebook",
        },
        "facebook_lead_id": digits(dice, 16),
        "facebook_form_id": f"{ad.number}7001",
        "facebook_form_name": f"Formulário {ad.name}",
        "facebook_page_id": "100000000000042",
        "facebook_page_name": "Sol Nascente Energia (demonstração)",
        "facebook_ad_id": f"{ad.number}{dice.randrange(1, 9)}0",
        "facebook_adgroup_id": f"{ad.number}55",
        "facebook_pixel_data": msgspec.json.encode(pixel).decode(),
        "answers": _answers(dice),
    }


def _whatsapp(dice: Random, arrival: Arrival) -> Fields:
    """A tap on an ad that opens a conversation with an AI agent."""
    ad, person = arrival.ad, arrival.person
    assert ad is not None
    text = dice.choice(OPENINGS).format(arrival.demand.product.name, person.city.name)
    return {
        "type": "LEAD_TYPE_MESSAGE",
        "through": "whatsapp",
        "whatsapp_click_id": f"AR{token(dice, 70)}",
        "params": _utm(arrival, "whatsapp", "click_to_chat"),
        "chat_session_id": hexadecimal(dice, 32),
        "channel": {
            "channel_id": "5511900000000",
            "name": person.name,
            "phone": person.phone,
            "last_message_at_ms": arrival.at_ms,
            "unread_count": 1,
        },
        "ai": {"is_active": True, "has_collected_data": False},
        "message": {"content": text, "sender": "lead", "type": "text", "through": "whatsapp"},
    }


def _phone(dice: Random, arrival: Arrival) -> Fields:
    call_id = hexadecimal(dice, 24)
    return {
        "type": "LEAD_TYPE_CALL",
        "through": "phone",
        "call_id": call_id,
        "call_status": "completed" if dice.random() < 0.85 else "missed",
        "call_audio_url": f"{SITE_URL}/calls/{call_id}.mp3",
        "call_duration_s": int(20 + dice.expovariate(1 / 150)),
        "attribution": {"capture_platform": "phone", "referrer": f"{SITE_URL}/contato"},
        "params": _utm(arrival, "site", "phone"),
    }


def _by_hand(dice: Random, arrival: Arrival) -> Fields:
    """Entered by a salesperson, some hours after the meeting."""
    met_ms = arrival.at_ms - dice.randrange(2, 30) * 60 * MINUTE_MS
    text = f"Conversamos pessoalmente. Interesse em {arrival.demand.product.name}, pediu retorno por telefone."
    return {
        "type": "LEAD_TYPE_MANUAL",
        "through": "balcão",
        "lead_date_ms": met_ms,
        "pinned_note": text,
        "answers": _answers(dice),
    }


def _mail(dice: Random, arrival: Arrival) -> Fields:
    return _visit(dice, arrival, _utm(arrival, "boletim", "email", utm_content=f"edicao-{dice.randrange(1, 53)}"))


_BY_SOURCE: dict[str, Callable[[Random, Arrival], Fields]] = {
    "GOOGLE": _google,
    "FACEBOOK": _meta,
    "INSTAGRAM": _meta,
    "WHATSAPP": _whatsapp,
    "PHONE": _phone,
    "MANUAL": _by_hand,
    "CUSTOM": _by_hand,
    "EMAIL": _mail,
}
"""Source → function that makes the fields; any other source is a form on the web site."""
