"""Connections to PostgreSQL are cut between a request and its answer: nothing may be done twice, nothing denied."""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx

from lab import controls
from lab.ledger import stored_at_rest
from lab.load_checks import Stored, inconsistencies
from lab.server import Client, Leadloop, serving
from proof.proxy import AFTER, COMMON, CuttingProxy
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("postgres",)

LEADS = 4
"""Shared by all writers, so that what is done again meets the changes of others."""
EACH = 200
"""So many patches before a lead is changed for a new one: their size is limited."""
CREATE_EVERY = 5
CONTROL_CREATE_EVERY = 1_000
"""Hardly ever: a creation that is run again collides with itself, and holds up what might be applied twice."""
CONTROL_CUTS, CONTROL_TRIES = 20, 4
MARKER = b"Text "
"""The statement that writes a request's text contains it: the control cuts only those, which can be applied twice."""
SAID_EVERY = 100
TRIES, PAUSE_S = 50, 0.2
LONGEST_S = 60.0
"""Without the next cut; then the load is taken to have stopped."""

DOES = (
    "Writers create leads and append notes without an id to shared leads, each patch also setting a shared field, over "
    "HTTP, while a proxy before PostgreSQL cuts connections at random: before the request arrives, in its middle, "
    "after it was done, inside its answer; late arrivals and silent lines are among them. Every other request has an "
    "Idempotency-Key and is sent again with it while it is refused."
)
SHOWS = (
    "Zero violations show that what was acknowledged is there exactly once, and what was refused with 503 at most "
    "once; the client's own connection is not cut here, where only an Idempotency-Key or an id of its own helps."
)


class Sent(NamedTuple):
    """One request that brought a text of its own; a creation has no lead. `version` is 0 when it was refused."""

    lead_id: str
    text: str
    version: int


class Found(NamedTuple):
    sent: list[Sent]
    sent_again: int
    problems: list[str]
    cuts: dict[str, int]


def run(trial: Trial) -> Campaign:
    server = Leadloop("postgres", "", options=["--workers", "2"])
    found = _cut(trial, server, trial.options.cuts)
    trial.found(found.problems)
    acknowledged = [one for one in found.sent if one.version]
    trial.counts.update(found.cuts)
    trial.counts["patches and creations acknowledged"] = len(acknowledged)
    trial.counts["answered 503, and left at that"] = len(found.sent) - len(acknowledged)
    trial.counts["refused and sent again with their key"] = found.sent_again
    control = _control(trial)
    cuts = sum(found.cuts.values())
    return trial.finish(does=DOES, shows=SHOWS, trials=cuts, unit="cut connections", control=control)


def _cut(trial: Trial, server: Leadloop, cuts: int, control: bool = False) -> Found:
    """The load and the cuts, until there were so many; then what is stored is judged."""
    direct = trial.database("ambiguous")
    kinds, marker = (AFTER, MARKER) if control else (COMMON, b"")
    create_every = CONTROL_CREATE_EVERY if control else CREATE_EVERY
    with CuttingProxy(direct, trial.random, kinds, marker) as proxy:
        server.database = proxy.url
        with serving(server) as client:
            load = _Load(client, trial, create_every)
            asyncio.run(load.write_until_cut(proxy, cuts))
            found = stored_at_rest(direct, client.account_id)
    counts = {f"cuts: {cut.value}": number for cut, number in sorted(proxy.cuts.items(), key=lambda one: one[0].name)}
    return Found(load.sent, load.sent_again, load.problems + judge(found, load.sent) + inconsistencies(found), counts)


class _Load:
    def __init__(self, client: Client, trial: Trial, create_every: int) -> None:
        self.sent: list[Sent] = []
        self.problems: list[str] = []
        self.sent_again = 0
        self._client = client
        self._trial = trial
        self._create_every = create_every
        self._stop = asyncio.Event()
        self._numbers = itertools.count()
        self._leads: list[str] = []
        self._uses = [0] * LEADS

    async def write_until_cut(self, proxy: CuttingProxy, cuts: int) -> None:
        self._leads = [await asyncio.to_thread(self._client.new_lead) for _ in range(LEADS)]
        writing = [asyncio.create_task(self._write(n)) for n in range(self._trial.options.writers)]
        done, loop = 0, asyncio.get_running_loop()
        give_up_at = loop.time() + LONGEST_S
        proxy.armed = True
        while done < cuts and loop.time() < give_up_at:
            await asyncio.sleep(0.02)
            now = proxy.cuts.total()
            if now // SAID_EVERY > done // SAID_EVERY:
                self._trial.say(f"{now:,} cuts, {len(self.sent):,} requests answered")
            if now > done:
                done, give_up_at = now, loop.time() + LONGEST_S
        proxy.armed = False
        if done < cuts:
            self.problems.append(f"the load came to a halt after {done} cuts")
        self._stop.set()
        await asyncio.gather(*writing)

    async def _write(self, writer: int) -> None:
        headers = {"X-API-Key": self._client.key}
        async with httpx.AsyncClient(base_url=self._client.url, headers=headers, timeout=60.0) as http:
            for number in itertools.count(writer):
                if self._stop.is_set():
                    return
                place = number % LEADS
                self._uses[place] += 1
                if self._uses[place] > EACH:
                    self._uses[place] = 0
                    self._leads[place] = await self._create(http) or self._leads[place]
                if number % self._create_every == 0:
                    await self._create(http)
                await self._patch(http, self._leads[place])

    async def _create(self, http: httpx.AsyncClient) -> str:
        """The new lead's id; "" when it was refused."""
        text = self._text()
        answer = await self._ask(http, "POST", f"/v1/account/{self._client.account_id}/lead", {"name": text}, text)
        self._note(answer, "", text)
        return str(answer.json()["leadId"]) if answer.status_code == 200 else ""

    async def _patch(self, http: httpx.AsyncClient, lead_id: str) -> None:
        text = self._text()
        body = {"notes": [{"text": text}], "detail": text}
        self._note(await self._ask(http, "PATCH", f"/api/v1/leads/{lead_id}", body, text), lead_id, text)

    async def _ask(self, http: httpx.AsyncClient, method: str, path: str, body: Any, text: str) -> httpx.Response:
        """Every other one has a key, and is sent again while it is refused: once is meant, whatever the first did."""
        if int(text.split()[1]) % 2 == 0:
            return await http.request(method, path, json=body)
        for _ in range(TRIES):
            answer = await http.request(method, path, json=body, headers={"Idempotency-Key": text.replace(" ", "-")})
            if answer.status_code not in (409, 503):
                break
            self.sent_again += 1
            await asyncio.sleep(PAUSE_S)
        return answer

    def _text(self) -> str:
        return f"{MARKER.decode()}{next(self._numbers)}"

    def _note(self, answer: httpx.Response, lead_id: str, text: str) -> None:
        ok = answer.status_code == 200
        self.sent.append(Sent(lead_id, text, int(answer.headers["etag"].strip('"')) if ok else 0))
        if not ok and answer.status_code != 503:
            self.problems.append(f"a request was answered {answer.status_code}: {answer.text[:120]}")
        elif not ok and "retry-after" not in answer.headers:
            self.problems.append("a request was answered 503 without Retry-After")


def judge(found: Stored, sent: Sequence[Sent]) -> list[str]:
    """What was acknowledged and is not there exactly once, what was refused and is there more than once."""
    created = Counter(lead.name for lead in found.leads.values())
    noted = Counter((lead.id, note.text) for lead in found.leads.values() for note in lead.notes)
    made: defaultdict[tuple[str, Any], list[int]] = defaultdict(list)
    for record in found.feed:
        for field in record.fields:
            if field.field == "/detail":
                made[record.lead_id, field.after].append(record.version)
    problems = []
    for one in sent:
        times = [created[one.text]]
        if one.lead_id:
            versions = made[one.lead_id, one.text]
            times = [noted[one.lead_id, one.text], len(versions)]
            if one.version and one.version not in versions:
                problems.append(f"{one.text} was not version {one.version}")
        problems += _judged(one, times)
    return problems


def _judged(one: Sent, times: Sequence[int]) -> list[str]:
    if max(times) > 1:
        return [f"{one.text} was applied {max(times)} times"]
    if one.version and min(times) < 1:
        return [f"{one.text} was acknowledged and is lost"]
    return []


def _control(trial: Trial) -> Control:
    """The same cuts and check on a leadloop that runs a group again without asking whether it was committed."""
    twice: list[str] = []
    counts: Counter[str] = Counter()
    for _ in range(CONTROL_TRIES):
        server = Leadloop("postgres", "", command=controls.command("runs-again"))
        found = _cut(trial, server, CONTROL_CUTS, control=True)
        twice += [problem for problem in found.problems if "was applied" in problem]
        counts += Counter({"cut connections": sum(found.cuts.values()), "requests": len(found.sent)})
        if twice:
            break
    return caught("runs the group again after a lost connection", counts | {"applied twice": len(twice)}, twice)
