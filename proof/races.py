"""Two writers patch the version of a lead that both have read at the same moment: exactly one may succeed."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from lab import controls
from lab.ledger import load_content_at_rest
from lab.load_checks import inconsistencies
from lab.server import Leadloop, serving
from proof.connections import Answer, Connection, Request, lead_path, send_together
from proof.report import Campaign, Control
from proof.server_pair import Pair, serving_pair
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

LEADS_AT_ONCE = 4
"""Leads patched at the same time, each by two writers."""
CONTROL_RACES = 48
LOG_EVERY = 2_000
WRITERS = "ab"

DOES = (
    "Two writers send a PATCH with the same If-Match at the same moment (on PostgreSQL to two server processes), "
    "either of the same field or of two different ones. One must be answered 200 and the other 412, both with the "
    "next version; the lead must then show the winner's value, nothing of the loser's, and one more change record."
)
SHOWS = (
    "Zero violations show that a writer that sends the version it has read never overwrites a change it has not seen, "
    "whichever process it reaches. Writers that send no version are neither blocked nor protected."
)


class Race(NamedTuple):
    """A race of two writers that have read `version`: `texts` are their values, `lead` is the lead afterwards."""

    version: int
    texts: tuple[str, str]
    different_fields: bool
    answers: tuple[Answer, Answer]
    after: int
    lead: dict[str, Any]


class RaceResults(NamedTuple):
    problems: list[str]
    counts: Counter[str]


def run(trial: Trial) -> Campaign:
    with serving_pair(trial, "races") as pair:
        results = asyncio.run(_run_races(trial, pair, trial.options.races, conditional=True))
        stored = load_content_at_rest(pair.database, pair.client.account_id)
    trial.add_violations(results.problems + inconsistencies(stored))
    if len(stored.feed) != (expected := trial.options.races + len(stored.leads)):
        trial.add_violations([f"there are {len(stored.feed)} change records, expected {expected}"])
    trial.counts.update(results.counts)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.races, unit="races", control=_control(trial))


async def _run_races(trial: Trial, pair: Pair, races: int, *, conditional: bool) -> RaceResults:
    results = RaceResults([], Counter())
    leads = range(min(LEADS_AT_ONCE, races))
    await asyncio.gather(
        *(
            _race_for_lead(trial, pair, races // LEADS_AT_ONCE + (n < races % LEADS_AT_ONCE), conditional, results)
            for n in leads
        )
    )
    return results


async def _race_for_lead(trial: Trial, pair: Pair, races: int, conditional: bool, results: RaceResults) -> None:
    """Runs races for one lead, one after the other."""
    lead_id = await asyncio.to_thread(pair.client.new_lead)
    path, version, chance = lead_path(pair.client, "leadsail", lead_id), 1, random.Random(trial.random.random())
    async with Connection(pair.clients[0]) as first, Connection(pair.clients[1]) as second:
        for number in range(races):
            texts = (f"{number} a", f"{number} b")
            race = await _run_race(path, version, texts, (first, second), chance, conditional)
            results.problems.extend(judge(race))
            results.counts.update(_counts_of(race))
            version = race.after
            if (done := results.counts["races"]) % LOG_EVERY == 0:
                trial.log(f"{done:,} races")


async def _run_race(
    path: str,
    version: int,
    texts: tuple[str, str],
    connections: tuple[Connection, Connection],
    chance: random.Random,
    conditional: bool,
) -> Race:
    different_fields = chance.random() < 0.5
    headers = {"If-Match": f'"{version}"'} if conditional else {}
    bodies = _bodies(texts, different_fields)
    order = chance.sample(range(2), 2)
    answers = await send_together([(connections[n], Request("PATCH", path, bodies[n], headers)) for n in order])
    current = await connections[chance.randrange(2)].request(Request("GET", path))
    lead = current.json()["data"]
    return Race(
        version, texts, different_fields, (answers[order.index(0)], answers[order.index(1)]), current.version, lead
    )


def _bodies(texts: tuple[str, str], different_fields: bool) -> list[dict[str, Any]]:
    if different_fields:
        return [{"customFields": {writer: text}} for writer, text in zip(WRITERS, texts, strict=True)]
    return [{"detail": text} for text in texts]


def judge(race: Race) -> list[str]:
    statuses = [answer.status for answer in race.answers]
    if statuses == [200, 200]:
        return [f"both writers succeeded at version {race.version}"]
    if sorted(statuses) != [200, 412]:
        return [f"the writers were answered {statuses} at version {race.version}: {race.answers[0]}"]
    problems = []
    winner = statuses.index(200)
    for role, answer in zip(("the winner", "the loser"), (race.answers[winner], race.answers[1 - winner]), strict=True):
        if answer.version != race.version + 1:
            problems.append(f"{role} got version {answer.version} after {race.version}")
    if race.after != race.version + 1:
        problems.append(f"the lead went from version {race.version} to {race.after}")
    fields = race.lead.get("customFields", {})
    texts = [fields.get(writer) for writer in WRITERS] if race.different_fields else [race.lead.get("detail")] * 2
    if texts[winner] != race.texts[winner]:
        problems.append(f"the winner's value is missing at version {race.after}")
    if texts[1 - winner] == race.texts[1 - winner]:
        problems.append(f"the loser's value is stored at version {race.after}")
    return problems


def _counts_of(race: Race) -> Counter[str]:
    statuses = [answer.status for answer in race.answers]
    counts = Counter({"races": 1, "races for different fields": int(race.different_fields)})
    if sorted(statuses) == [200, 412]:
        counts[f"won by the {('first', 'second')[statuses.index(200)]} writer"] = 1
    return counts


def _control(trial: Trial) -> Control:
    """The same races without If-Match, and against a server that checks it before the write."""
    with serving_pair(trial, "control") as pair:
        plain = _double_wins(asyncio.run(_run_races(trial, pair, CONTROL_RACES, conditional=False)).problems)
    server = Leadloop(trial.engine, trial.database("early"), command=controls.command("loses-updates"))
    with serving(server) as client:
        alone = Pair(server.database, (client, client))
        early = _double_wins(asyncio.run(_run_races(trial, alone, CONTROL_RACES, conditional=True)).problems)
    counts = {"races": CONTROL_RACES, "both writers succeeded without If-Match": len(plain)}
    counts["both writers succeeded with the early check"] = len(early)
    about = "no If-Match, If-Match checked on a lead read before the write"
    return control_result(about, counts, [*plain[:3], *early] if plain and early else [])


def _double_wins(problems: Sequence[str]) -> list[str]:
    return [problem for problem in problems if problem.startswith("both writers")]
