"""Cuts connections to PostgreSQL between a request and its answer: no request may be applied twice or lost."""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx

from lab import controls
from lab.async_http import AsyncHttp
from lab.ledger import load_content_at_rest
from lab.load_checks import AccountContent, inconsistencies
from lab.server import Client, Leadloop, serving
from proof.proxy import AFTER, COMMON, CuttingProxy
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("postgres",)

LEADS = 4
"""Shared by all writers, so that a repeated request meets the changes of others."""
EACH = 200
"""Patches of one lead before a new one replaces it: the size of a lead is limited."""
CREATE_EVERY = 5
CONTROL_CREATE_EVERY = 1_000
"""Rare: a repeated creation conflicts with itself, and delays requests that could be applied twice."""
CONTROL_CUTS, CONTROL_TRIES = 20, 4
MARKER = b"Text "
"""Part of every statement that writes a request's text. The control cuts only these: they can be applied twice."""
LOG_EVERY = 100
TRIES, PAUSE_S = 50, 0.2
LONGEST_S = 60.0
"""Longest time without a cut; after it the load counts as halted."""

DOES = (
    "A proxy in front of PostgreSQL cuts connections at random points: before the request arrives, in the middle of "
    "it, after PostgreSQL has executed it, or in the middle of the answer; some requests arrive late, and some "
    "connections go silent. Meanwhile writers create leads and append notes without ids to shared leads over HTTP; "
    "each patch also sets a shared field. Every other request carries an Idempotency-Key, and the writer retries it "
    "as long as it is refused."
)
SHOWS = (
    "Zero violations show that leadloop applies every acknowledged request exactly once, and every request refused "
    "with 503 at most once. The campaign does not cut the client's own connection: there, only an Idempotency-Key or "
    "an id chosen by the client prevents duplicates."
)


class SentRequest(NamedTuple):
    """One request with a unique text; `lead_id` is empty for a creation, `version` is 0 when it was refused."""

    lead_id: str
    text: str
    version: int


class CutResult(NamedTuple):
    sent: list[SentRequest]
    retries: int
    problems: list[str]
    cuts: dict[str, int]


def run(trial: Trial) -> Campaign:
    server = Leadloop("postgres", "", options=["--workers", "2"])
    result = _cut(trial, server, trial.options.cuts)
    trial.add_violations(result.problems)
    acknowledged = [request for request in result.sent if request.version]
    trial.counts.update(result.cuts)
    trial.counts["patches and creations acknowledged"] = len(acknowledged)
    trial.counts["answered 503 and not retried"] = len(result.sent) - len(acknowledged)
    trial.counts["refused and retried with their key"] = result.retries
    control = _control(trial)
    cuts = sum(result.cuts.values())
    return trial.finish(does=DOES, shows=SHOWS, trials=cuts, unit="cut connections", control=control)


def _cut(trial: Trial, server: Leadloop, cuts: int, control: bool = False) -> CutResult:
    """Runs the load until the proxy has made `cuts` cuts, then judges what is stored."""
    direct = trial.database("ambiguous")
    kinds, marker = (AFTER, MARKER) if control else (COMMON, b"")
    create_every = CONTROL_CREATE_EVERY if control else CREATE_EVERY
    with CuttingProxy(direct, trial.random, kinds, marker) as proxy:
        server.database = proxy.url
        with serving(server) as client:
            load = _Load(client, trial, create_every)
            asyncio.run(load.write_until_cut(proxy, cuts))
            stored = load_content_at_rest(direct, client.account_id)
    counts = {f"cuts: {cut.value}": number for cut, number in sorted(proxy.cuts.items(), key=lambda pair: pair[0].name)}
    problems = load.problems + judge(stored, load.sent) + inconsistencies(stored)
    return CutResult(load.sent, load.retries, problems, counts)


class _Load:
    def __init__(self, client: Client, trial: Trial, create_every: int) -> None:
        self.sent: list[SentRequest] = []
        self.problems: list[str] = []
        self.retries = 0
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
            if now // LOG_EVERY > done // LOG_EVERY:
                self._trial.log(f"{now:,} cuts, {len(self.sent):,} requests answered")
            if now > done:
                done, give_up_at = now, loop.time() + LONGEST_S
        proxy.armed = False
        if done < cuts:
            self.problems.append(f"the load halted after {done} cuts")
        self._stop.set()
        await asyncio.gather(*writing)

    async def _write(self, writer: int) -> None:
        async with AsyncHttp(self._client.url, self._client.key) as http:
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

    async def _create(self, http: AsyncHttp) -> str:
        """Returns the new lead's id, "" when the creation was refused."""
        text = self._text()
        answer = await self._ask(http, "POST", f"/v1/account/{self._client.account_id}/lead", {"name": text}, text)
        self._record(answer, "", text)
        return str(answer.json()["leadId"]) if answer.status_code == 200 else ""

    async def _patch(self, http: AsyncHttp, lead_id: str) -> None:
        text = self._text()
        body = {"notes": [{"text": text}], "detail": text}
        self._record(await self._ask(http, "PATCH", f"/api/v1/leads/{lead_id}", body, text), lead_id, text)

    async def _ask(self, http: AsyncHttp, method: str, path: str, body: Any, text: str) -> httpx.Response:
        """Sends every other request with a key, and retries it while it is refused."""
        if int(text.split()[1]) % 2 == 0:
            return await http.request(method, path, json=body)
        for _ in range(TRIES):
            answer = await http.request(method, path, json=body, headers={"Idempotency-Key": text.replace(" ", "-")})
            if answer.status_code not in (409, 503):
                break
            self.retries += 1
            await asyncio.sleep(PAUSE_S)
        return answer

    def _text(self) -> str:
        return f"{MARKER.decode()}{next(self._numbers)}"

    def _record(self, answer: httpx.Response, lead_id: str, text: str) -> None:
        ok = answer.status_code == 200
        self.sent.append(SentRequest(lead_id, text, int(answer.headers["etag"].strip('"')) if ok else 0))
        if not ok and answer.status_code != 503:
            self.problems.append(f"a request was answered {answer.status_code}: {answer.text[:120]}")
        elif not ok and "retry-after" not in answer.headers:
            self.problems.append("a request was answered 503 without Retry-After")


def judge(stored: AccountContent, sent: Sequence[SentRequest]) -> list[str]:
    """Reports acknowledged requests not stored exactly once, and refused ones stored more than once."""
    created = Counter(lead.name for lead in stored.leads.values())
    noted = Counter((lead.id, note.text) for lead in stored.leads.values() for note in lead.notes)
    versions_by_text: defaultdict[tuple[str, Any], list[int]] = defaultdict(list)
    for record in stored.feed:
        for field in record.fields:
            if field.field == "/detail":
                versions_by_text[record.lead_id, field.after].append(record.version)
    problems = []
    for request in sent:
        times = [created[request.text]]
        if request.lead_id:
            versions = versions_by_text[request.lead_id, request.text]
            times = [noted[request.lead_id, request.text], len(versions)]
            if request.version and request.version not in versions:
                problems.append(f"{request.text} was not version {request.version}")
        problems += _judge_times(request, times)
    return problems


def _judge_times(request: SentRequest, times: Sequence[int]) -> list[str]:
    if max(times) > 1:
        return [f"{request.text} was applied {max(times)} times"]
    if request.version and min(times) < 1:
        return [f"{request.text} was acknowledged and is lost"]
    return []


def _control(trial: Trial) -> Control:
    """The same cuts and check on a leadloop that repeats a batch without checking whether it was committed."""
    twice: list[str] = []
    counts: Counter[str] = Counter()
    for _ in range(CONTROL_TRIES):
        server = Leadloop("postgres", "", command=controls.command("runs-again"))
        result = _cut(trial, server, CONTROL_CUTS, control=True)
        twice += [problem for problem in result.problems if "was applied" in problem]
        counts += Counter({"cut connections": sum(result.cuts.values()), "requests": len(result.sent)})
        if twice:
            break
    return control_result(
        "repeats a batch after a lost connection without checking whether it was committed",
        counts | {"applied twice": len(twice)},
        twice,
    )
