"""Leads in the United States: they arrive with a campaign and are sold to the partner who runs it, or rejected."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

from msgspec import structs

from leadloop.core.leads.patch import LeadPatch
from leadloop.demo.arrivals import AGENTS
from leadloop.demo.campaigns import OFFICES, Offer, Salesperson
from leadloop.demo.chance import Shares, digits, hexadecimal, token
from leadloop.demo.keys import AGENT, CRM, DIALER, ROUTER, SITE
from leadloop.demo.people import InventedPerson
from leadloop.demo.season import US_H, draw_wait_ms, next_work_time
from leadloop.demo.story import EXPAD, LEADSAIL, StoryEvent

BASE_CHANCE = 0.3
CONSENT = (
    "By clicking Get My Quote I agree that the company and its partners may call and text me at the number I gave, "
    "also with automated technology. Consent is not a condition of purchase."
)
UTILITIES = ("Example Power & Light", "Sample Electric Co-op", "Placeholder Energy", "Fictional Gas & Electric")
REFUSALS = ("roof too shaded", "outside the service area", "credit below minimum", "already a customer")
CALL_NOTES = {
    "no_answer": "No answer on the first attempt, trying again tomorrow.",
    "voicemail": "Left a voicemail with the callback number.",
    "contacted": "Confirmed the address and the average bill. Interested in a visit.",
    "scheduled_callback": "Asked to be called back after work.",
}
ENDS = Shares(
    ("disqualified", "missing_data", "duplicate", "no_contact", "dnc", "rejected", "queued"),
    (22, 10, 8, 20, 4, 26, 10),
)
"""The final statuses of leads that no partner accepts."""
CLICK_NAMES = {"google": "gclid", "facebook": "fbclid", "tiktok": "ttclid", "bing": "msclkid", "taboola": "tblci"}


class Submission(NamedTuple):
    """What is known about a lead when it arrives."""

    person: InventedPerson
    offer: Offer
    platform: str
    platform_factor: float
    at_ms: int


class LeadSale:
    """The events of one lead, from its submission to the partner's answer. Without `salesperson` nobody owns it."""

    def __init__(self, dice: Random, submission: Submission, salesperson: Salesperson | None = None) -> None:
        self._dice = dice
        self._submission = submission
        self._salesperson = salesperson
        self._at_ms = submission.at_ms

    def events(self) -> Iterator[StoryEvent]:
        dice, submission = self._dice, self._submission
        chance = BASE_CHANCE * submission.offer.factor * submission.platform_factor
        is_taken = dice.random() < chance * (self._salesperson.skill if self._salesperson else 1)
        end = "accepted" if is_taken else ENDS.draw(dice)
        yield self._event(0, SITE, **fields(dice, submission))
        if end in ("disqualified", "missing_data", "duplicate"):
            yield from self._turn_down(end)
            return
        owned: dict[str, Any] = (
            {"owner": self._salesperson.user, "unit": OFFICES[self._salesperson.office]} if self._salesperson else {}
        )
        yield self._event(
            draw_wait_ms(dice, 0.1), AGENT, status="qualified", detail="passed", approval={"status": "pending"}, **owned
        )
        yield from self._calls(is_reached=end in ("accepted", "rejected", "queued"))
        if end in ("accepted", "rejected"):
            yield self._deliver()
            yield from self._answer(end)
        else:
            yield self._event(draw_wait_ms(dice, 40), ROUTER, status=end, flags={"isDnc": True} if end == "dnc" else {})

    def _event(self, after_ms: int, actor: str, dialect: str = LEADSAIL, **values: Any) -> StoryEvent:
        self._at_ms += after_ms
        return StoryEvent(self._at_ms, actor, dialect, LeadPatch(**values))

    def _turn_down(self, end: str) -> Iterator[StoryEvent]:
        dice = self._dice
        yield self._event(draw_wait_ms(dice, 0.05), AGENT, status="processing", submission_count=1)
        more: dict[str, Any] = {"flags": {"isDuplicate": True}} if end == "duplicate" else {}
        yield self._event(draw_wait_ms(dice, 0.1), AGENT, status=end, detail=f"{end}: {dice.choice(REFUSALS)}", **more)

    def _calls(self, is_reached: bool) -> Iterator[StoryEvent]:
        dice = self._dice
        attempts = ["no_answer", "voicemail"][: dice.randrange(0, 3)]
        if is_reached:
            attempts.append(dice.choice(("contacted", "scheduled_callback")))
        for status in attempts:
            at_ms = next_work_time(dice, self._at_ms + draw_wait_ms(dice, 5), US_H)
            note = {"text": CALL_NOTES[status], "created_by": "auto dialer"}
            yield self._event(at_ms - self._at_ms, DIALER, status=status, notes=[note], last_activity_at_ms=at_ms)

    def _deliver(self) -> StoryEvent:
        dice, after_ms = self._dice, draw_wait_ms(self._dice, 3)
        at_ms = self._at_ms + after_ms
        decision = {"status": "approved", "decided_by": "Jordan Example", "decided_at_ms": at_ms, "reason": "complete"}
        return self._event(
            after_ms,
            ROUTER,
            status="delivered",
            approval=decision,
            submission_count=dice.choice((1, 1, 1, 2)),
            latest_submitted_at_ms=at_ms,
            delivered_at_ms=at_ms,
            tags=[{"name": name} for name in dice.sample(("exclusive", "weekend", "high bill", "west"), 2)],
        )

    def _answer(self, end: str) -> Iterator[StoryEvent]:
        """The partner's answer. For an accepted lead the books send the earnings later, through the other API."""
        dice, after_ms = self._dice, draw_wait_ms(self._dice, 30)
        if end == "rejected":
            reason = dice.choice(REFUSALS)
            yield self._event(after_ms, CRM, status=end, detail=f"partner: {reason}", reposted_to=_reposts(dice))
            return
        partner_id = f"PRT-{digits(dice, 8)}"
        yield self._event(after_ms, CRM, status=end, client_lead_id=partner_id, detail="accepted by the partner")
        earned_micros = self._submission.offer.payout_micros
        yield self._event(draw_wait_ms(dice, 200), CRM, EXPAD, sale_value_micros=earned_micros, steps={"paid": True})


def fields(dice: Random, submission: Submission) -> dict[str, Any]:
    """The fields of the patch that creates the lead. They have no source: the ids indicate it."""
    person, platform = submission.person, submission.platform
    code = submission.offer.campaign.id or ""
    click = {CLICK_NAMES[platform]: token(dice, 56)}
    params = {"utm_source": platform, "utm_medium": "cpc", "utm_campaign": f"{code.lower()}-solar", **click}
    url = f"https://quotes.example.com/{code.lower()}"
    born_year = dice.randrange(1950, 2002)
    return {
        "first_name": person.first,
        "last_name": person.last,
        "email": person.email,
        "phone": person.phone,
        "country": "US",
        "address": person.address("US", person.city.zip),
        "date_of_birth": f"{born_year}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
        "timezone": person.city.timezone,
        "timezone_source": dice.choice(("zip", "area_code", "ip")),
        "campaign": structs.asdict(submission.offer.campaign),
        "params": params,
        "attribution": {
            "capture_url": f"{url}?{urlencode(params)}",
            "referrer": f"https://www.{platform}.example/",
            "ip_address": person.ip,
            "user_agent": dice.choice(AGENTS),
            "ad_platform": platform,
            "capture_platform": "quotes",
            **click,
        },
        "answers": _answers(dice),
        "consent": _consent(dice, submission, url),
        "custom_fields": {"roofAgeYears": dice.randrange(1, 31), "utility": dice.choice(UTILITIES)},
        "flags": {"isTest": dice.random() < 0.01},
    }


def _answers(dice: Random) -> list[dict[str, Any]]:
    answers: Sequence[tuple[str, str, Any]] = (
        ("homeowner", "Do you own your home?", dice.random() < 0.9),
        ("monthly_bill", "What is your average electric bill?", dice.randrange(80, 520, 10)),
        ("roof_shade", "How much shade does your roof get?", dice.choice(("none", "some", "a lot", "not sure"))),
        ("credit_range", "What is your credit score?", dice.choice(("excellent", "good", "fair"))),
        ("interests", "What are you interested in?", dice.sample(("solar", "battery", "ev charger", "roof"), 2)),
    )
    return [{"key": key, "label": label, "value": value} for key, label, value in answers]


def _consent(dice: Random, submission: Submission, url: str) -> dict[str, Any]:
    at = datetime.fromtimestamp(submission.at_ms // 1000, UTC)
    return {
        "tcpaConsent": True,
        "tcpaText": CONSENT,
        "tcpaTimestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "trustedFormCertUrl": f"https://cert.example.com/{hexadecimal(dice, 40)}",
        "jornayaLeadId": hexadecimal(dice, 32).upper(),
        "consentIpAddress": submission.person.ip,
        "consentUrl": url,
    }


def _reposts(dice: Random) -> list[str]:
    return [f"PRT-{digits(dice, 8)}"] if dice.random() < 0.3 else []
