"""SIGKILL of the server between effects and their answers; what was not answered is sent again with its key."""

import asyncio

from lab.ledger import stored_at_rest
from lab.load_checks import inconsistencies
from lab.server import Leadloop, serving
from proof.replay_load import ReplayLoad, judge
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

LEADS = 4
"""New ones after each kill: the notes of one lead are limited."""
LEAST_ANSWERS, MOST_ANSWERS = 20, 200
LONGEST_DELAY_S = 0.03
CONTROL_KILLS = 20

DOES = (
    "Writers create leads and append notes without an id, each request with an Idempotency-Key of its own; the server "
    "and all its processes (two on PostgreSQL) are killed, half of the times at a random moment and half of them right "
    "behind an answer, when the others of its group are on their way. What was not answered is sent again until it is, "
    "while the next kill comes, and then once more; so is a fifth of the rest."
)
SHOWS = (
    "Zero violations show that a request that is repeated with its key has one effect, whether the first one had come "
    "to its effect or not, and that each later answer repeats the first. Without a key there is no such promise."
)


def run(trial: Trial) -> Campaign:
    kills, server = trial.options.kills, _server(trial, "killed")
    with serving(server) as client:
        load = ReplayLoad(client, trial.options.seed, keyed=True)
        for number in range(1, kills + 1):
            _kill(trial, server, load, [client.new_lead() for _ in range(LEADS)], number)
            server.start()
            trial.progress(number, f"kills, {len(load.requests):,} requests")
        asyncio.run(load.finish(trial.options.writers))
        found = stored_at_rest(server.database, client.account_id)
    trial.found(load.problems + inconsistencies(found) + judge(load, found))
    trial.counts["requests"] = len(load.requests)
    trial.counts["of these creations"] = sum(not request.lead_id for request in load.requests)
    trial.counts["sent"] = sum(request.sent for request in load.requests)
    trial.counts.update(load.counts)
    return trial.finish(does=DOES, shows=SHOWS, trials=kills, unit="kills", control=_control(trial))


def _server(trial: Trial, name: str) -> Leadloop:
    options = ["--workers", "2"] if trial.engine == "postgres" else []
    return Leadloop(trial.engine, trial.database(name), options=options)


def _kill(trial: Trial, server: Leadloop, load: ReplayLoad, leads: list[str], number: int) -> None:
    """The writers write until there is no server any more."""
    answers = trial.random.randint(LEAST_ANSWERS, MOST_ANSWERS)
    delay_s = trial.random.uniform(0, LONGEST_DELAY_S)

    def end() -> None:
        """Even numbers die at once, before this process has read another answer."""
        if number % 2 == 0:
            server.kill()
        else:
            asyncio.get_running_loop().call_later(delay_s, server.kill)

    asyncio.run(load.write_until_gone(leads, trial.options.writers, answers, end))


def _control(trial: Trial) -> Control:
    """The same load and kills, what was not answered sent again without a key, until something is there twice."""
    server = _server(trial, "control")
    counts = {"kills": 0, "requests": 0, "sent again": 0, "done twice": 0}
    twice: list[str] = []
    with serving(server) as client:
        load = ReplayLoad(client, trial.options.seed, keyed=False)
        while not twice and counts["kills"] < CONTROL_KILLS:
            counts["kills"] += 1
            _kill(trial, server, load, [client.new_lead() for _ in range(LEADS)], counts["kills"])
            server.start()
            asyncio.run(load.finish(trial.options.writers))
            problems = judge(load, stored_at_rest(server.database, client.account_id))
            twice = [problem for problem in problems if "was done" in problem]
    counts |= {"requests": len(load.requests), "done twice": len(twice)}
    counts["sent again"] = sum(request.sent > 1 for request in load.requests)
    return caught("no Idempotency-Key", counts, twice)
