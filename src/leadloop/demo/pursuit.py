"""The events of a lead of the Brazilian seller: assigned to a salesperson, called, visited, won, lost or forgotten.

The outcome is drawn first, by the factors of source, campaign, product and salesperson; the events then lead there.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from leadloop.core.leads.parts import Audio, Cart, CartLine
from leadloop.core.leads.patch import LeadPatch
from leadloop.demo import campaigns
from leadloop.demo.arrivals import SITE_URL, Arrival, fields
from leadloop.demo.campaigns import SELLERS, Seller
from leadloop.demo.chance import Shares
from leadloop.demo.keys import AGENT, CRM, DIALER, ROUTER, SITE
from leadloop.demo.season import BRAZIL_H, DAY_MS, HOUR_MS, draw_wait_ms, next_work_time
from leadloop.demo.story import EXPAD, LEADSAIL, Story, StoryEvent

BASE_CHANCE, LEAST_CHANCE, BEST_CHANCE = 0.13, 0.01, 0.75
LOST_SHARE = 0.68
"""Share of lost leads among those that are not won; the others are still open or forgotten."""
SPAM_SHARE = 0.03
CALLED, BOOKED, QUALIFIED, PROPOSED, DECIDED = range(1, 6)
DEPTHS = Shares((CALLED, BOOKED, QUALIFIED, PROPOSED), (42, 22, 18, 18))
"""How far leads get that are not won."""

MISSED = (
    ("no_answer", "Ninguém atendeu; nova tentativa programada para amanhã."),
    ("voicemail", "Caixa postal. Deixei recado pedindo retorno."),
)
REACHED = (
    ("contacted", "Atendeu e pediu mais informações por WhatsApp."),
    ("scheduled_callback", "Pediu para ligar mais tarde, está no trabalho."),
)
FINDINGS = (
    "Imóvel próprio, telhado em bom estado, sem sombreamento relevante. Quer decidir ainda este mês.",
    "Conta de luz alta o ano todo. Vai comparar com mais um orçamento antes de fechar.",
    "Precisa de financiamento; renda informada compatível com a simulação em 60 parcelas.",
    "Decide junto com a família. Pediu referências de clientes na mesma cidade.",
)
REPLIES = (
    "Perfeito, pode ser na quinta-feira de manhã.",
    "Recebi a simulação, obrigado! Vou olhar com calma.",
    "Consegue melhorar o prazo de instalação?",
    "Qual a garantia dos painéis e do inversor?",
)
FAREWELLS = (
    "Agradeceu o atendimento, mas não vai seguir neste momento.",
    "Fechou com outra empresa na semana passada.",
    "Três tentativas sem resposta; encerrado.",
    "O proprietário do imóvel não autorizou a obra.",
)


class Fate(NamedTuple):
    depth: int
    is_won: bool = False
    is_lost: bool = False


class Pursuit:
    """Makes the events of one lead, from its arrival on."""

    def __init__(self, dice: Random, story: Story, arrival: Arrival) -> None:
        self._dice = dice
        self._story = story
        self._arrival = arrival
        self._at_ms = arrival.at_ms
        self._unit = campaigns.UNIT_OF_STATE.get(arrival.person.city.state, campaigns.NEAR_UNIT)
        self._seller = dice.choice([seller for seller in SELLERS if seller.unit == self._unit])
        self._user = f"user:{self._seller.user.user_id}"
        self._fate = _fate(dice, arrival, self._seller)

    def events(self) -> Iterator[StoryEvent]:
        fate, dice = self._fate, self._dice
        assigned_at_once = dice.random() < 0.3
        yield self._arrive(self._assignment() if assigned_at_once else {})
        if dice.random() < SPAM_SHARE and not fate.is_won:
            yield self._discard()
            return
        if not assigned_at_once:
            yield self._event(draw_wait_ms(dice, 0.2), ROUTER, EXPAD, **self._assignment())
        if dice.random() < 0.35:
            yield self._call(*dice.choice(MISSED))
        yield self._call(*dice.choice(REACHED if fate.depth > CALLED else REACHED + MISSED))
        steps = (self._book_visit, self._qualify, self._propose)
        for step in steps[: fate.depth - CALLED]:
            yield step()
        if fate.is_won:
            yield self._win()
        elif fate.is_lost:
            yield self._lose()

    def _event(self, after_ms: int, actor: str, dialect: str, **values: Any) -> StoryEvent:
        self._at_ms += after_ms
        if actor == self._user:
            self._at_ms = next_work_time(self._dice, self._at_ms, BRAZIL_H)
        return StoryEvent(self._at_ms, actor, dialect, LeadPatch(**values))

    def _arrive(self, more: dict[str, Any]) -> StoryEvent:
        actor = self._user if self._arrival.source.word in ("MANUAL", "CUSTOM") else SITE
        return StoryEvent(self._at_ms, actor, EXPAD, LeadPatch(**fields(self._dice, self._arrival), **more))

    def _discard(self) -> StoryEvent:
        return self._event(
            draw_wait_ms(self._dice, 20), self._user, EXPAD, deleted=True, pinned_note="Cadastro de teste."
        )

    def _assignment(self) -> dict[str, Any]:
        demand, unit = self._arrival.demand, self._unit
        name = campaigns.COMPANIES if self._arrival.person.company else campaigns.HOMES
        return {
            "owner": self._seller.user,
            "unit": campaigns.UNITS[unit],
            "department": campaigns.department(unit, name),
            "interest": campaigns.interest(unit, name, demand.interest),
        }

    def _call(self, status: str, text: str) -> StoryEvent:
        wait_ms = draw_wait_ms(self._dice, self._seller.delay_h)
        at_ms = next_work_time(self._dice, self._at_ms + wait_ms, BRAZIL_H)
        note = {"text": text, "created_by": self._seller.user.name}
        return self._event(
            at_ms - self._at_ms, DIALER, LEADSAIL, status=status, notes=[note], last_activity_at_ms=at_ms
        )

    def _book_visit(self) -> StoryEvent:
        """The seller books a visit. If there is a chat, it continues."""
        dice = self._dice
        wait_ms = draw_wait_ms(dice, 10)
        due_ms = next_work_time(dice, self._at_ms + wait_ms + dice.randrange(1, 9) * DAY_MS, BRAZIL_H)
        visit = {
            "kind": "visit",
            "name": "Visita técnica",
            "description": f"Medir o telhado e o padrão de entrada em {self._arrival.person.street}.",
            "owner": self._seller.user,
            "due_at_ms": due_ms,
            "is_complete": False,
        }
        values: dict[str, Any] = {
            "stage": "ACTIVE",
            "activities": [visit],
            "activity_reason": campaigns.ACTIVITY_REASONS[2],
            "thermometer": dice.choice(("COLD", "WARM", "HOT")),
            "steps": {"contacted": True, "visit_scheduled": True},
            "tags": dice.sample(campaigns.TAGS, dice.randrange(1, 4)),
        }
        if self._story.lead.last_message or dice.random() < 0.3:
            values["message"] = self._message()
        return self._event(wait_ms, self._user, EXPAD, **values)

    def _message(self) -> dict[str, object]:
        dice = self._dice
        text = dice.choice(REPLIES)
        from_lead: dict[str, object] = {"sender": "lead", "through": "whatsapp"}
        if dice.random() < 0.2:
            spoken = Audio(url=f"{SITE_URL}/audio/recado.ogg", has_transcription=True, transcription=text)
            return from_lead | {"type": "audio", "audio": spoken}
        return from_lead | {"type": "text", "content": text}

    def _qualify(self) -> StoryEvent:
        when = self._dice.choice(("agora", "em 30 dias", "este ano"))
        answer = {"key": "decisao", "label": "Quando pretende decidir?", "value": when}
        return self._event(
            draw_wait_ms(self._dice, 20),
            AGENT,
            LEADSAIL,
            status="qualified",
            detail="passed: owner, roof, consumption",
            notes=[{"text": self._dice.choice(FINDINGS), "created_by": "assistente"}],
            answers=[answer],
            custom_fields={"consumoKwh": self._dice.randrange(180, 1900, 10), "fases": self._dice.choice((1, 2, 3))},
        )

    def _propose(self) -> StoryEvent:
        """The seller sends a proposal after the visit."""
        dice = self._dice
        visit = self._story.lead.activities[-1]
        at_ms = max(self._at_ms, visit.due_at_ms or 0) + draw_wait_ms(dice, 12)
        done = {"id": visit.id, "is_complete": True, "completed_at_ms": visit.due_at_ms}
        call = {"kind": "task", "name": "Cobrar retorno da proposta", "owner": self._seller.user}
        call |= {"due_at_ms": at_ms + 3 * DAY_MS, "is_complete": False}
        return self._event(
            at_ms - self._at_ms,
            self._user,
            EXPAD,
            activities=[done, call],
            cart=_cart(dice, self._arrival),
            steps={"visited": True, "proposal_sent": True},
            activity_reason=campaigns.ACTIVITY_REASONS[3],
        )

    def _win(self) -> StoryEvent:
        cart = self._story.lead.cart
        total = (cart.value_micros if cart else None) or 0
        discount = self._dice.choice((0, 0, 0, 2, 3, 5, 8))
        return self._event(
            draw_wait_ms(self._dice, 90),
            self._user,
            EXPAD,
            stage="COMPLETE",
            sale_value_micros=total * (100 - discount) // 100,
            thermometer="HOT",
            steps={"sale": True},
            tags=[*({"id": tag.id} for tag in self._story.lead.tags), campaigns.CLOSED],
            pinned_note=f"Contrato assinado. Instalação em até {self._dice.randrange(20, 61)} dias.",
        )

    def _lose(self) -> StoryEvent:
        reached = self._fate.depth > CALLED or self._dice.random() < 0.4
        reason = self._dice.choice(campaigns.LOSS_REASONS) if reached else campaigns.NO_ANSWER
        actor = self._user if self._dice.random() < 0.8 else CRM
        text = self._dice.choice(FAREWELLS)
        wait_ms = 3 * HOUR_MS + draw_wait_ms(self._dice, 150)
        return self._event(wait_ms, actor, EXPAD, stage="LOST", loss_reason=reason, pinned_note=text)


def _fate(dice: Random, arrival: Arrival, seller: Seller) -> Fate:
    chance = BASE_CHANCE * arrival.source.factor * arrival.demand.factor * seller.skill
    chance *= arrival.ad.factor if arrival.ad else 1.0
    if dice.random() < min(max(chance, LEAST_CHANCE), BEST_CHANCE):
        return Fate(DECIDED, is_won=True)
    return Fate(DEPTHS.draw(dice), is_lost=dice.random() < LOST_SHARE)


def _cart(dice: Random, arrival: Arrival) -> Cart:
    """A cart without line totals: merging computes them."""
    amount = dice.choice((1, 1, 1, 1, 1, 2)) * 1_000_000
    lines = [CartLine(product=arrival.demand.product, amount_micros=amount)]
    extras = dice.sample(campaigns.EXTRAS, dice.randrange(0, 3))
    lines += [CartLine(product=extra, amount_micros=1_000_000) for extra in extras]
    return Cart(lines=lines)
