"""Kills the server between effects and their answers; writers retry unanswered requests with their keys."""

import asyncio

from lab.ledger import load_content_at_rest
from lab.load_checks import inconsistencies
from lab.server import Leadloop, serving
from proof.replay_load import ReplayLoad, judge
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

LEADS = 4
"""New leads after each kill: the number of notes of a lead is limited."""
LEAST_ANSWERS, MOST_ANSWERS = 20, 200
LONGEST_DELAY_S = 0.03
CONTROL_KILLS = 20

DOES = (
    "Writers create leads and append notes without ids, each request with its own Idempotency-Key. The campaign kills "
    "the server and all its processes (two on PostgreSQL), half of the times at a random moment and half of the times "
    "right after an answer, while other requests of the same batch are in progress. Writers retry every unanswered "
    "request until it is answered, also through the next kill, and then send it once more, as they do with a fifth of "
    "the other requests."
)
SHOWS = (
    "Zero violations show that a request repeated with its key has one effect, whether or not the first attempt was "
    "executed, and that every later answer repeats the first. Without a key there is no such guarantee."
)


def run(trial: Trial) -> Campaign:
    kills, server = trial.options.kills, _server(trial, "killed")
    with serving(server) as client:
        load = ReplayLoad(client, trial.options.seed, keyed=True)
        for number in range(1, kills + 1):
            _kill(trial, server, load, [client.new_lead() for _ in range(LEADS)], number)
            server.start()
            trial.log_progress(number, f"kills, {len(load.operations):,} requests")
        asyncio.run(load.finish(trial.options.writers))
        stored = load_content_at_rest(server.database, client.account_id)
    trial.add_violations(load.problems + inconsistencies(stored) + judge(load, stored))
    trial.counts["requests"] = len(load.operations)
    trial.counts["creations"] = sum(not operation.lead_id for operation in load.operations)
    trial.counts["attempts"] = sum(operation.attempts for operation in load.operations)
    trial.counts.update(load.counts)
    return trial.finish(does=DOES, shows=SHOWS, trials=kills, unit="kills", control=_control(trial))


def _server(trial: Trial, name: str) -> Leadloop:
    options = ["--workers", "2"] if trial.engine == "postgres" else []
    return Leadloop(trial.engine, trial.database(name), options=options)


def _kill(trial: Trial, server: Leadloop, load: ReplayLoad, leads: list[str], number: int) -> None:
    """Runs the writers until the server is killed."""
    answers = trial.random.randint(LEAST_ANSWERS, MOST_ANSWERS)
    delay_s = trial.random.uniform(0, LONGEST_DELAY_S)

    def kill_server() -> None:
        """Kills at even numbers at once, before this process reads another answer."""
        if number % 2 == 0:
            server.kill()
        else:
            asyncio.get_running_loop().call_later(delay_s, server.kill)

    asyncio.run(load.write_until_gone(leads, trial.options.writers, answers, kill_server))


def _control(trial: Trial) -> Control:
    """The same load and kills, with retries without a key, until a request is executed twice."""
    server = _server(trial, "control")
    counts = {"kills": 0, "requests": 0, "retried": 0, "executed twice": 0}
    twice: list[str] = []
    with serving(server) as client:
        load = ReplayLoad(client, trial.options.seed, keyed=False)
        while not twice and counts["kills"] < CONTROL_KILLS:
            counts["kills"] += 1
            _kill(trial, server, load, [client.new_lead() for _ in range(LEADS)], counts["kills"])
            server.start()
            asyncio.run(load.finish(trial.options.writers))
            problems = judge(load, load_content_at_rest(server.database, client.account_id))
            twice = [problem for problem in problems if "was executed" in problem]
    counts |= {"requests": len(load.operations), "executed twice": len(twice)}
    counts["retried"] = sum(operation.attempts > 1 for operation in load.operations)
    return control_result("no Idempotency-Key", counts, twice)
