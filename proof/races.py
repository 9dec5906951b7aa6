"""Two writers who have read the same version of a lead write it at the same moment: exactly one may get through."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from lab import controls
from lab.ledger import stored_at_rest
from lab.load_checks import inconsistencies
from lab.server import Leadloop, serving
from proof.lines import Ask, Line, Said, lead_path, together
from proof.report import Campaign, Control
from proof.serving import Pair, serving_pair
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

LANES = 4
"""Leads that are raced for at the same time, each by two writers."""
CONTROL_RACES = 48
SAID_EVERY = 2_000
WRITERS = "ab"

DOES = (
    "Two writers send a PATCH with the same If-Match at the same moment, on PostgreSQL to two server processes, in "
    "turn of the same field and of two different ones: one must be answered 200 and the other 412, both with the next "
    "version, and the lead must then show the winner's value, nothing of the loser's, and one more change record."
)
SHOWS = (
    "Zero violations show that a writer who names the version it has read never overwrites a change it has not seen, "
    "whichever process it comes to; writers who name no version are not held up, and are not protected either."
)


class Race(NamedTuple):
    """Of two writers that have read `version`; `texts` is what each sent, `shown` the lead after it."""

    version: int
    texts: tuple[str, str]
    own_fields: bool
    said: tuple[Said, Said]
    after: int
    shown: dict[str, Any]


class Found(NamedTuple):
    problems: list[str]
    counts: Counter[str]


def run(trial: Trial) -> Campaign:
    with serving_pair(trial, "races") as pair:
        found = asyncio.run(_race(trial, pair, trial.options.races, conditional=True))
        there = stored_at_rest(pair.database, pair.client.account_id)
    trial.found(found.problems + inconsistencies(there))
    if len(there.feed) != (expected := trial.options.races + len(there.leads)):
        trial.found([f"there are {len(there.feed)} change records, and not {expected}"])
    trial.counts.update(found.counts)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.races, unit="races", control=_control(trial))


async def _race(trial: Trial, pair: Pair, races: int, *, conditional: bool) -> Found:
    found = Found([], Counter())
    lanes = range(min(LANES, races))
    await asyncio.gather(*(_lane(trial, pair, races // LANES + (n < races % LANES), conditional, found) for n in lanes))
    return found


async def _lane(trial: Trial, pair: Pair, races: int, conditional: bool, found: Found) -> None:
    """One race after the other for one lead."""
    lead_id = await asyncio.to_thread(pair.client.new_lead)
    path, version, chance = lead_path(pair.client, "leadsail", lead_id), 1, random.Random(trial.random.random())
    async with Line(pair.clients[0]) as first, Line(pair.clients[1]) as second:
        for number in range(races):
            texts = (f"{number} a", f"{number} b")
            race = await _run(path, version, texts, (first, second), chance, conditional)
            found.problems.extend(judge(race))
            found.counts.update(_counted(race))
            version = race.after
            if (done := found.counts["races"]) % SAID_EVERY == 0:
                trial.say(f"{done:,} races")


async def _run(
    path: str, version: int, texts: tuple[str, str], lines: tuple[Line, Line], chance: random.Random, conditional: bool
) -> Race:
    own_fields = chance.random() < 0.5
    headers = {"If-Match": f'"{version}"'} if conditional else {}
    bodies = _bodies(texts, own_fields)
    order = chance.sample(range(2), 2)
    said = await together([(lines[n], Ask("PATCH", path, bodies[n], headers)) for n in order])
    seen = await lines[chance.randrange(2)].ask(Ask("GET", path))
    shown = seen.json()["data"]
    return Race(version, texts, own_fields, (said[order.index(0)], said[order.index(1)]), seen.version, shown)


def _bodies(texts: tuple[str, str], own_fields: bool) -> list[dict[str, Any]]:
    if own_fields:
        return [{"customFields": {who: text}} for who, text in zip(WRITERS, texts, strict=True)]
    return [{"detail": text} for text in texts]


def judge(race: Race) -> list[str]:
    statuses = [said.status for said in race.said]
    if statuses == [200, 200]:
        return [f"both writers got through at version {race.version}"]
    if sorted(statuses) != [200, 412]:
        return [f"the writers were answered {statuses} at version {race.version}: {race.said[0]}"]
    problems = []
    winner = statuses.index(200)
    for who, said in zip(("the winner", "the loser"), (race.said[winner], race.said[1 - winner]), strict=True):
        if said.version != race.version + 1:
            problems.append(f"{who} was told version {said.version} after {race.version}")
    if race.after != race.version + 1:
        problems.append(f"the lead came from version {race.version} to {race.after}")
    fields = race.shown.get("customFields", {})
    texts = [fields.get(who) for who in WRITERS] if race.own_fields else [race.shown.get("detail")] * 2
    if texts[winner] != race.texts[winner]:
        problems.append(f"the winner's value is not there at version {race.after}")
    if texts[1 - winner] == race.texts[1 - winner]:
        problems.append(f"the loser's value is there at version {race.after}")
    return problems


def _counted(race: Race) -> Counter[str]:
    statuses = [said.status for said in race.said]
    counts = Counter({"races": 1, "for different fields": int(race.own_fields)})
    if sorted(statuses) == [200, 412]:
        counts[f"won by the {('first', 'second')[statuses.index(200)]} writer"] = 1
    return counts


def _control(trial: Trial) -> Control:
    """The same races where nobody names a version, and against a server that looks at it before it writes."""
    with serving_pair(trial, "control") as pair:
        plain = _both(asyncio.run(_race(trial, pair, CONTROL_RACES, conditional=False)).problems)
    server = Leadloop(trial.engine, trial.database("early"), command=controls.command("loses-updates"))
    with serving(server) as client:
        alone = Pair(server.database, (client, client))
        early = _both(asyncio.run(_race(trial, alone, CONTROL_RACES, conditional=True)).problems)
    counts = {"races": CONTROL_RACES, "both got through without If-Match": len(plain)}
    counts["both got through where it is judged before the write"] = len(early)
    about = "no If-Match, If-Match judged on a lead read before the write"
    return caught(about, counts, [*plain[:3], *early] if plain and early else [])


def _both(problems: Sequence[str]) -> list[str]:
    return [problem for problem in problems if problem.startswith("both writers")]
