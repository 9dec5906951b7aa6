"""Two hundred calls with one Idempotency-Key at the same moment: one effect, and the same answer for all."""

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

CALLS = 200
HELD_S = 0.1
"""So long the servers have all of the requests but their last bytes."""
TRIES = 10
SAID_EVERY = 50
CONTACT = {"campaignId": "ABC", "firstName": "Mary", "lastName": "Jones", "phone": "555-123-4567"}

DOES = (
    "Two hundred connections, on PostgreSQL half to each of two server processes, hold the same request with the same "
    "Idempotency-Key and send its last byte together: in turn POST and PATCH of both dialects, the PATCHes appending "
    "something without an id. There must be one effect and 200 equal answers: status, body and ETag."
)
SHOWS = (
    "Zero violations show that retries which overtake each other, whichever process they come to, have one effect and "
    "are told the same; 409 with Retry-After is asked again, as a client would. They say nothing about other keys."
)


class Form(NamedTuple):
    """What is asked for: one of the ways to write twice what was meant once."""

    dialect: str
    method: str


FORMS = (Form("expad", "POST"), Form("leadsail", "PATCH"), Form("leadsail", "POST"), Form("expad", "PATCH"))


class Stampede(NamedTuple):
    """`mark` is the new lead's e-mail for POST, and the lead's id for PATCH."""

    form: Form
    mark: str
    said: list[Said]


def run(trial: Trial) -> Campaign:
    times = trial.options.stampedes
    with serving_pair(trial, "stampede") as pair:
        done = asyncio.run(_all(trial, pair, times, keyed=True))
        found = stored_at_rest(pair.database, pair.client.account_id)
    trial.found(inconsistencies(found))
    for stampede in done:
        trial.found(judge(stampede, found))
    trial.counts["calls"] = sum(len(one.said) for one in done)
    trial.counts["answers that said to be replays"] = sum(said.replayed for one in done for said in one.said)
    return trial.finish(does=DOES, shows=SHOWS, trials=times, unit="stampedes", control=_control(trial))


async def _all(trial: Trial, pair: Pair, times: int, *, keyed: bool) -> list[Stampede]:
    done = []
    async with AsyncExitStack() as lines:
        opened = [await lines.enter_async_context(Line(pair.clients[n % 2])) for n in range(CALLS)]
        for number in range(times):
            done.append(await _stampede(trial, pair, opened, number, keyed))
            if len(done) % SAID_EVERY == 0:
                trial.say(f"{len(done)} stampedes")
    return done


async def _stampede(trial: Trial, pair: Pair, lines: list[Line], number: int, keyed: bool) -> Stampede:
    form = FORMS[number % len(FORMS)]
    email = f"mary.{number}@example.com"
    lead_id = "" if form.method == "POST" else await asyncio.to_thread(pair.client.new_lead, email=email)
    headers = {"Idempotency-Key": f"stampede-{trial.options.seed}-{number}"} if keyed else {}
    ask = Ask(form.method, lead_path(pair.client, form.dialect, lead_id), _body(form, email), headers)
    said = await together([(line, ask) for line in lines], HELD_S)
    asked = (_until_answered(trial, line, ask, one) for line, one in zip(lines, said, strict=True))
    return Stampede(form, lead_id or email, await asyncio.gather(*asked))


def _body(form: Form, email: str) -> dict[str, Any]:
    if form.method == "POST":
        return {"name": "Mary Jones", "email": email} if form.dialect == "expad" else {**CONTACT, "email": email}
    return {"activities": [{"kind": "CALL"}]} if form.dialect == "expad" else {"notes": [{"text": "called"}]}


async def _until_answered(trial: Trial, line: Line, ask: Ask, said: Said) -> Said:
    """What is told that the first call is still being worked on waits, and asks again."""
    for _ in range(TRIES):
        if said.status != 409 or "retry-after" not in said.headers:
            break
        trial.counts["answers 409 with Retry-After, asked again"] += 1
        await asyncio.sleep(int(said.headers["retry-after"]))
        said = await line.ask(ask)
    return said


def judge(stampede: Stampede, found: Stored) -> list[str]:
    form, mark, said = stampede
    what = f"the {form.method} of {form.dialect} about {mark}"
    problems = []
    if (effects := _effects(stampede, found)) != 1:
        problems.append(f"{what} was done {effects} times")
    answers = Counter(one.same for one in said)
    if len(answers) > 1:
        problems.append(f"{what} was answered in {len(answers)} ways: {', '.join(map(str, answers))[:400]}")
    if said[0].status not in (200, 201):
        problems.append(f"{what} was answered {said[0]}")
    if (first := sum(not one.replayed for one in said)) != 1:
        problems.append(f"{first} answers to {what} did not say to be replays")
    return problems


def _effects(stampede: Stampede, found: Stored) -> int:
    if stampede.form.method == "POST":
        return sum(lead.email == stampede.mark for lead in found.leads.values())
    return len(found.records(stampede.mark)) - 1


def _control(trial: Trial) -> Control:
    """The same calls without a key: each of the forms must be seen to be done many times."""
    with serving_pair(trial, "control") as pair:
        done = asyncio.run(_all(trial, pair, len(FORMS), keyed=False))
        found = stored_at_rest(pair.database, pair.client.account_id)
    effects = [_effects(one, found) for one in done]
    problems = [problem for one in done for problem in judge(one, found) if problem.endswith(" times")]
    counts = {"stampedes": len(done), "calls": len(done) * CALLS, "effects": sum(effects)}
    return caught("no Idempotency-Key", counts, problems if len(problems) == len(FORMS) else [])
