"""A lead with a long history is read and written like any other; only a base version too far back is refused."""

from collections.abc import Iterator

import pytest

from lab.receiver import Receiver, versions
from lab.server import Client, Leadloop
from lab.stores import with_store
from lab.webhooks import act, subscribe
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import HISTORY_LIMIT
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Saved
from leadloop.webhooks.ports import FOLLOWING, WebhookStore
from tests.support.dialects import DialectClient, fields
from tests.support.writes import OTHER, at, ok, patch

START_MS = 1_760_000_000_000
LONG_AGO = "2020-01-01T00:00:00Z"


def history(account_id: str, lengths: list[int]) -> Iterator[Saved]:
    """Writes a version for each of `lengths`: so many answers, all new or changed, the rest removed."""
    lead = blank_lead(account_id, new_id(START_MS), START_MS + 1)
    for version, length in enumerate(lengths, 1):
        removed = [answer.key for answer in lead.answers[length:]]
        answers = [{"key": f"k{number}", "value": version} for number in range(length)]
        text = f"d{version}"
        sent = LeadPatch(name="Ana", company_name=text, detail=text, answers=answers, removed_answers=removed)
        saved = use_cases.change(lead, sent, stamp(START_MS + version, f"req_{version}", "system", "cli"))
        assert saved is not None
        yield saved
        lead = saved.lead


def loaded(server: Leadloop, account_id: str, lengths: list[int]) -> str:
    saves = list(history(account_id, lengths))

    async def work(store: WebhookStore) -> str:
        await store.leads.load([saves])
        return saves[-1].lead.id

    return with_store(server.database, work)


def test_a_base_too_far_back_is_refused_by_name(api: DialectClient, server: Leadloop) -> None:
    lead = loaded(server, api.client.account_id, [1] * (HISTORY_LIMIT + 2))
    for base in (1, HISTORY_LIMIT + 3):
        assert fields(patch(api, lead, {OTHER[api.name]: "x"}, base=base), api.name) == ["Leadloop-Base-Version"]
    assert at(api, lead) == HISTORY_LIMIT + 2
    for version in (2, 3):
        assert ok(patch(api, lead, {}, base=version)) == HISTORY_LIMIT + 2


def test_many_versions_of_many_items_are_read_and_written_from_any(api: DialectClient, server: Leadloop) -> None:
    lengths = [600, 600, 20, 900, 5, *[700] * 20]
    lead = loaded(server, api.client.account_id, lengths)
    saves = list(history(api.client.account_id, lengths))
    for version in (1, 3, 5, 24, 25):
        answer = api.client.leadsail("GET", f"leads/{lead}?asOf={version}")
        assert answer.status_code == 200, answer.text
        shown, stored = answer.json()["data"], saves[version - 1].lead
        assert (answer.headers["ETag"], shown["detail"]) == (f'"{version}"', stored.detail)
        assert len(shown["questionnaire"]) == len(stored.answers)
        assert ok(patch(api, lead, {}, base=version)) == 25


@pytest.mark.parametrize("body", ["expad", "standard"])
def test_a_long_log_is_replayed_in_order(owner: Client, sender: Leadloop, receiver: Receiver, body: str) -> None:
    """Versions that remove items are rendered from the log, whatever has happened since."""
    lengths = [600, 30, 600, *[1 + n % 3 for n in range(2 * FOLLOWING)]]
    lead = loaded(sender, owner.account_id, lengths)
    endpoint = subscribe(owner, receiver, body=body)
    assert act(owner, endpoint, "replay", since=LONG_AGO)["replayed"] == len(lengths)
    got = receiver.until(lambda got: len(got) == len(lengths))
    assert versions(got, lead) == list(range(1, len(lengths) + 1))
    for number, each in enumerate(got, 1):
        assert f'"d{number}"'.encode() in each.raw
