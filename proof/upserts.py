"""Several callers bring the same new contact at the same moment: there must be one lead of it."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from lab.ledger import stored_at_rest
from lab.load_checks import Stored, inconsistencies
from proof.lines import Ask, Line, Said, lead_path, together
from proof.report import Campaign, Control
from proof.serving import Pair, serving_pair
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

CALLERS = 8
CONTROL_CONTACTS = 10
SAID_EVERY = 200
UPSERT = "upsert=email"

DOES = (
    "Eight callers, on PostgreSQL half at each of two server processes, send POST with Prefer: upsert=email for the "
    "same new contact at the same moment, in turn in both dialects, each with a field of its own: there must be one "
    "lead of the contact, its id in every answer, and the fields of all callers in it."
)
SHOWS = (
    "Zero violations show that callers who upsert at once make one lead, whichever process they come to. Leads that "
    "were made without the preference may still be many of one contact, and then nothing says which is meant."
)


class Upserted(NamedTuple):
    dialect: str
    email: str
    said: list[Said]


def run(trial: Trial) -> Campaign:
    contacts = trial.options.contacts
    with serving_pair(trial, "upserts") as pair:
        done = asyncio.run(_all(trial, pair, contacts, {"Prefer": UPSERT}))
        found = stored_at_rest(pair.database, pair.client.account_id)
    trial.found(inconsistencies(found))
    trial.found(judge(done, found))
    trial.counts["calls"] = sum(len(one.said) for one in done)
    trial.counts["answered 201"] = sum(said.status == 201 for one in done for said in one.said)
    trial.counts["leads"] = len(found.leads)
    return trial.finish(does=DOES, shows=SHOWS, trials=contacts, unit="contacts", control=_control(trial))


async def _all(trial: Trial, pair: Pair, contacts: int, headers: dict[str, str]) -> list[Upserted]:
    done = []
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(Line(pair.clients[n % 2])) for n in range(CALLERS)]
        for number in range(contacts):
            done.append(await _upsert(trial, pair, lines, number, headers))
            if len(done) % SAID_EVERY == 0:
                trial.say(f"{len(done):,} contacts")
    return done


async def _upsert(trial: Trial, pair: Pair, lines: list[Line], number: int, headers: dict[str, str]) -> Upserted:
    dialect, email = ("expad", "leadsail")[number % 2], f"mary.{number}@example.com"
    path = lead_path(pair.client, dialect)
    asks = [(line, Ask("POST", path, _body(dialect, email, n), headers)) for n, line in enumerate(lines)]
    said = await together(trial.random.sample(asks, len(asks)))
    return Upserted(dialect, email, said)


def _body(dialect: str, email: str, caller: int) -> dict[str, Any]:
    if dialect == "expad":
        return {"name": "Mary Jones", "email": email, "conversionSteps": {f"step{caller}": True}}
    contact = {"campaignId": "ABC", "firstName": "Mary", "lastName": "Jones", "phone": "555-123-4567"}
    return {**contact, "email": email, "flags": {f"step{caller}": True}}


def judge(done: list[Upserted], found: Stored) -> list[str]:
    leads = Counter(lead.email for lead in found.leads.values())
    by_email = {lead.email: lead for lead in found.leads.values()}
    problems = []
    for dialect, email, said in done:
        if wrong := [one for one in said if one.status not in (200, 201)]:
            problems.append(f"{email} was answered {wrong[0]}")
            continue
        if leads[email] != 1:
            problems.append(f"there are {leads[email]} leads of {email}")
            continue
        if {_lead_id(dialect, one) for one in said} != {by_email[email].id}:
            problems.append(f"the callers of {email} were told several leads")
        fields = by_email[email].steps if dialect == "expad" else by_email[email].flags
        if missing := [n for n in range(CALLERS) if f"step{n}" not in fields]:
            problems.append(f"the fields of {len(missing)} callers of {email} are lost")
    return problems


def _lead_id(dialect: str, said: Said) -> str:
    body = said.json()
    return str(body["leadId"] if dialect == "expad" else body["data"]["leadId"]).removeprefix("lead_")


def _control(trial: Trial) -> Control:
    """The same calls without the preference."""
    with serving_pair(trial, "control") as pair:
        done = asyncio.run(_all(trial, pair, CONTROL_CONTACTS, {}))
        found = stored_at_rest(pair.database, pair.client.account_id)
    several = [problem for problem in judge(done, found) if problem.startswith("there are")]
    counts = {"contacts": len(done), "leads": len(found.leads), "contacts with several leads": len(several)}
    return caught("POST without the preference", counts, several)
