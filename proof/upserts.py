"""Several callers upsert the same new contact at the same moment: there must be one lead of it."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from lab.ledger import load_content_at_rest
from lab.load_checks import AccountContent, inconsistencies
from proof.connections import Answer, Connection, Request, lead_path, send_together
from proof.report import Campaign, Control
from proof.server_pair import Pair, serving_pair
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

CALLERS = 8
CONTROL_CONTACTS = 10
LOG_EVERY = 200
UPSERT = "upsert=email"

DOES = (
    "Eight callers, on PostgreSQL half at each of two server processes, send POST with Prefer: upsert=email for the "
    "same new contact at the same moment, in both dialects in turn, each with its own field. There must be one lead "
    "of the contact, its id in every answer, and the fields of all callers in it."
)
SHOWS = (
    "Zero violations show that concurrent upserts create one lead, whichever process they reach. Leads created "
    "without the preference may still share a contact; the campaign does not upsert such a contact."
)


class UpsertResult(NamedTuple):
    dialect: str
    email: str
    answers: list[Answer]


def run(trial: Trial) -> Campaign:
    contacts = trial.options.contacts
    with serving_pair(trial, "upserts") as pair:
        results = asyncio.run(_upsert_contacts(trial, pair, contacts, {"Prefer": UPSERT}))
        stored = load_content_at_rest(pair.database, pair.client.account_id)
    trial.add_violations(inconsistencies(stored))
    trial.add_violations(judge(results, stored))
    trial.counts["calls"] = sum(len(result.answers) for result in results)
    trial.counts["answered 201"] = sum(answer.status == 201 for result in results for answer in result.answers)
    trial.counts["leads"] = len(stored.leads)
    return trial.finish(does=DOES, shows=SHOWS, trials=contacts, unit="contacts", control=_control(trial))


async def _upsert_contacts(trial: Trial, pair: Pair, contacts: int, headers: dict[str, str]) -> list[UpsertResult]:
    results = []
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(Connection(pair.clients[n % 2])) for n in range(CALLERS)]
        for number in range(contacts):
            results.append(await _upsert(trial, pair, connections, number, headers))
            if len(results) % LOG_EVERY == 0:
                trial.log(f"{len(results):,} contacts")
    return results


async def _upsert(
    trial: Trial, pair: Pair, connections: list[Connection], number: int, headers: dict[str, str]
) -> UpsertResult:
    dialect, email = ("expad", "leadsail")[number % 2], f"mary.{number}@example.com"
    path = lead_path(pair.client, dialect)
    requests = [
        (connection, Request("POST", path, _body(dialect, email, n), headers))
        for n, connection in enumerate(connections)
    ]
    answers = await send_together(trial.random.sample(requests, len(requests)))
    return UpsertResult(dialect, email, answers)


def _body(dialect: str, email: str, caller: int) -> dict[str, Any]:
    if dialect == "expad":
        return {"name": "Mary Jones", "email": email, "conversionSteps": {f"step{caller}": True}}
    contact = {"campaignId": "ABC", "firstName": "Mary", "lastName": "Jones", "phone": "555-123-4567"}
    return {**contact, "email": email, "flags": {f"step{caller}": True}}


def judge(results: list[UpsertResult], stored: AccountContent) -> list[str]:
    leads = Counter(lead.email for lead in stored.leads.values())
    by_email = {lead.email: lead for lead in stored.leads.values()}
    problems = []
    for dialect, email, answers in results:
        if wrong := [answer for answer in answers if answer.status not in (200, 201)]:
            problems.append(f"{email} was answered {wrong[0]}")
            continue
        if leads[email] != 1:
            problems.append(f"there are {leads[email]} leads of {email}")
            continue
        if {_lead_id(dialect, answer) for answer in answers} != {by_email[email].id}:
            problems.append(f"the callers of {email} got the ids of several leads")
        fields = by_email[email].steps if dialect == "expad" else by_email[email].flags
        if missing := [n for n in range(CALLERS) if f"step{n}" not in fields]:
            problems.append(f"the fields of {len(missing)} callers of {email} are lost")
    return problems


def _lead_id(dialect: str, answer: Answer) -> str:
    body = answer.json()
    return str(body["leadId"] if dialect == "expad" else body["data"]["leadId"]).removeprefix("lead_")


def _control(trial: Trial) -> Control:
    """The same calls without the preference."""
    with serving_pair(trial, "control") as pair:
        results = asyncio.run(_upsert_contacts(trial, pair, CONTROL_CONTACTS, {}))
        stored = load_content_at_rest(pair.database, pair.client.account_id)
    several = [problem for problem in judge(results, stored) if problem.startswith("there are")]
    counts = {"contacts": len(results), "leads": len(stored.leads), "contacts with several leads": len(several)}
    return control_result("POST without the preference", counts, several)
