"""Two hundred calls with one Idempotency-Key at the same moment must have one effect and the same answer."""

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

CALLS = 200
HELD_S = 0.1
"""How long the connections hold back the last bytes."""
TRIES = 10
LOG_EVERY = 50
CONTACT = {"campaignId": "ABC", "firstName": "Mary", "lastName": "Jones", "phone": "555-123-4567"}

DOES = (
    "Two hundred connections, on PostgreSQL half to each of two server processes, send the same request with the same "
    "Idempotency-Key except for its last byte, and then the last byte together: POST and PATCH of both dialects in "
    "turn, where each PATCH appends an item without an id. There must be one effect and 200 equal answers: status, "
    "body and ETag."
)
SHOWS = (
    "Zero violations show that concurrent retries have one effect and get the same answer, whichever process they "
    "reach. A call that gets 409 with Retry-After is sent again, as a client would. They say nothing about other "
    "keys."
)


class Form(NamedTuple):
    """The kind of request: each would have several effects without a key."""

    dialect: str
    method: str


FORMS = (Form("expad", "POST"), Form("leadsail", "PATCH"), Form("leadsail", "POST"), Form("expad", "PATCH"))


class Stampede(NamedTuple):
    """`target` is the new lead's e-mail for POST, and the lead's id for PATCH."""

    form: Form
    target: str
    answers: list[Answer]


def run(trial: Trial) -> Campaign:
    times = trial.options.stampedes
    with serving_pair(trial, "stampede") as pair:
        stampedes = asyncio.run(_run_stampedes(trial, pair, times, keyed=True))
        stored = load_content_at_rest(pair.database, pair.client.account_id)
    trial.add_violations(inconsistencies(stored))
    for stampede in stampedes:
        trial.add_violations(judge(stampede, stored))
    trial.counts["calls"] = sum(len(stampede.answers) for stampede in stampedes)
    trial.counts["answers marked as replays"] = sum(
        answer.is_replay for stampede in stampedes for answer in stampede.answers
    )
    return trial.finish(does=DOES, shows=SHOWS, trials=times, unit="stampedes", control=_control(trial))


async def _run_stampedes(trial: Trial, pair: Pair, times: int, *, keyed: bool) -> list[Stampede]:
    stampedes = []
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(Connection(pair.clients[n % 2])) for n in range(CALLS)]
        for number in range(times):
            stampedes.append(await _stampede(trial, pair, connections, number, keyed))
            if len(stampedes) % LOG_EVERY == 0:
                trial.log(f"{len(stampedes)} stampedes")
    return stampedes


async def _stampede(trial: Trial, pair: Pair, connections: list[Connection], number: int, keyed: bool) -> Stampede:
    form = FORMS[number % len(FORMS)]
    email = f"mary.{number}@example.com"
    lead_id = "" if form.method == "POST" else await asyncio.to_thread(pair.client.new_lead, email=email)
    headers = {"Idempotency-Key": f"stampede-{trial.options.seed}-{number}"} if keyed else {}
    request = Request(form.method, lead_path(pair.client, form.dialect, lead_id), _body(form, email), headers)
    answers = await send_together([(connection, request) for connection in connections], HELD_S)
    final_answers = (
        _retry_until_answered(trial, connection, request, answer)
        for connection, answer in zip(connections, answers, strict=True)
    )
    return Stampede(form, lead_id or email, await asyncio.gather(*final_answers))


def _body(form: Form, email: str) -> dict[str, Any]:
    if form.method == "POST":
        return {"name": "Mary Jones", "email": email} if form.dialect == "expad" else {**CONTACT, "email": email}
    return {"activities": [{"kind": "CALL"}]} if form.dialect == "expad" else {"notes": [{"text": "called"}]}


async def _retry_until_answered(trial: Trial, connection: Connection, request: Request, answer: Answer) -> Answer:
    """Repeats a call that is refused because the first one is in progress, after its Retry-After."""
    for _ in range(TRIES):
        if answer.status != 409 or "retry-after" not in answer.headers:
            break
        trial.counts["answers 409 with Retry-After, retried"] += 1
        await asyncio.sleep(int(answer.headers["retry-after"]))
        answer = await connection.request(request)
    return answer


def judge(stampede: Stampede, stored: AccountContent) -> list[str]:
    form, target, answers = stampede
    what = f"the {form.method} of {form.dialect} about {target}"
    problems = []
    if (effects := _effects(stampede, stored)) != 1:
        problems.append(f"{what} was executed {effects} times")
    variants = Counter(answer.identity for answer in answers)
    if len(variants) > 1:
        problems.append(f"{what} got {len(variants)} different answers: {', '.join(map(str, variants))[:400]}")
    if answers[0].status not in (200, 201):
        problems.append(f"{what} was answered {answers[0]}")
    if (originals := sum(not answer.is_replay for answer in answers)) != 1:
        problems.append(f"{originals} answers to {what} are not marked as replays")
    return problems


def _effects(stampede: Stampede, stored: AccountContent) -> int:
    if stampede.form.method == "POST":
        return sum(lead.email == stampede.target for lead in stored.leads.values())
    return len(stored.records(stampede.target)) - 1


def _control(trial: Trial) -> Control:
    """The same calls without a key: the check must see that each of the forms is executed many times."""
    with serving_pair(trial, "control") as pair:
        stampedes = asyncio.run(_run_stampedes(trial, pair, len(FORMS), keyed=False))
        stored = load_content_at_rest(pair.database, pair.client.account_id)
    effects = [_effects(stampede, stored) for stampede in stampedes]
    problems = [problem for stampede in stampedes for problem in judge(stampede, stored) if problem.endswith(" times")]
    counts = {"stampedes": len(stampedes), "calls": len(stampedes) * CALLS, "effects": sum(effects)}
    return control_result("no Idempotency-Key", counts, problems if len(problems) == len(FORMS) else [])
