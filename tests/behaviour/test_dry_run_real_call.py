"""A dry run plans what the real call then does: the same fields, the same values (semantics section 3).

Random leads and patches, through both dialects. Times and ids that the server makes differ in each call.
"""

import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.server import Client
from leadloop.api.body import decode_object
from leadloop.core.changes import pointer_parts
from tests.behaviour.test_properties_over_http import FIRST, create, lead_in, send
from tests.support.dialects import DialectClient, api_of
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies
from tests.support.writes import at, patch, planned, same

pytestmark = pytest.mark.slow

KEYS = {"notes": "id", "activities": "id", "fields": "id", "questionnaire": "key"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
FOLLOWS = {
    *("updatedAt", "deletedAt", "hasAttributionUser", "hasLeadCalls", "hasLeadMessages", "campaignIdData", "source"),
    *("customLeadSourceId", "customLeadTypeId", "duplicate"),
}
"""Members that may differ as well: they are derived from other fields, and not planned by themselves."""
PATCHES = st.tuples(st.just("expad"), bodies(EXPAD, identified=True)) | st.tuples(
    st.just("leadsail"), bodies(LEADSAIL, identified=True)
)


def timeless(value: Any) -> Any:
    """The value without times of about now, which the server has made."""
    if isinstance(value, dict):
        return {key: timeless(member) for key, member in value.items()}
    if isinstance(value, list):
        return [timeless(item) for item in value]
    at = value / 1_000 if isinstance(value, int) else None
    if isinstance(value, str) and ISO.fullmatch(value):
        at = datetime.fromisoformat(value).timestamp()
    return "now" if at is not None and abs(at - time.time()) < 600 else value


def at_pointer(lead: Body, field: str) -> Any:
    """The value at a pointer of a dialect's lead; `None` if there is none."""
    value: Any = lead
    for number, part in enumerate(pointer_parts(field)):
        if isinstance(value, list):
            key = KEYS[pointer_parts(field)[0]]
            value = next((item for item in value if item[key] == part), None)
        elif number and value is None:
            return None
        else:
            value = value.get(part)
    return value


def differing(before: Body, after: Body) -> Iterator[str]:
    for name in before.keys() | after.keys():
        if not same(timeless(before.get(name)), timeless(after.get(name))):
            yield name


def check(api: DialectClient, lead: str, body: Body) -> None:
    version, before = at(api, lead), lead_in(api.name, send(api.client, api.name, "GET", lead))
    dry = patch(api, lead, body, prefer="dry-run")
    assert at(api, lead) == version
    assert lead_in(api.name, send(api.client, api.name, "GET", lead)) == before
    real = patch(api, lead, body)
    assert dry.status_code == real.status_code
    if real.status_code != 200:
        assert "must not be cleared" in real.text, real.text
        assert decode_object(dry.content) == decode_object(real.content)
        return
    changed = planned(dry, api.name)
    after = lead_in(api.name, send(api.client, api.name, "GET", lead))
    assert bool(changed) == (at(api, lead) > version)
    if api.name == "expad":
        assert set(changed) == set(real.json()["changed"])
        assert dry.json()["ignored"] == real.json()["ignored"]
    for field, (was, becomes) in changed.items():
        assert same(timeless(was), timeless(at_pointer(before, field))), (field, was)
        assert same(timeless(becomes), timeless(at_pointer(after, field))), (field, becomes)
    planned_members = {pointer_parts(field)[0] for field in changed}
    assert set(differing(before, after)) <= planned_members | FOLLOWS


def test_random_patches(client: Client) -> None:
    @examples(60)
    @given(first=FIRST, steps=st.lists(PATCHES, min_size=1, max_size=3))
    def run(first: tuple[str, Body], steps: list[tuple[str, Body]]) -> None:
        lead = create(client, *first)
        for name, body in steps:
            check(api_of(client, name), lead, body)

    run()
