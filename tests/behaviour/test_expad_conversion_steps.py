"""`conversionSteps` and their timestamps: merged by key, null removes one; a step is stamped when it turns true."""

import time
from typing import Any

import pytest

from lab.server import Client

AT = 1_767_225_600_123


def is_now(at_ms: int) -> bool:
    return abs(at_ms - time.time() * 1_000) < 60_000


def test_both_merge_by_key(client: Client) -> None:
    lead_id = client.new_lead(conversionSteps={"a": True, "b": False}, conversionStepTimestamps={"a": AT, "x": AT})
    answer = client.patch(lead_id, {"conversionSteps": {"b": True}, "conversionStepTimestamps": {"b": AT + 1}})
    assert set(answer["changed"]) == {"/conversionSteps/b", "/conversionStepTimestamps/b"}
    lead = client.get(lead_id)
    assert lead["conversionSteps"] == {"a": True, "b": True}
    assert lead["conversionStepTimestamps"] == {"a": AT, "x": AT, "b": AT + 1}


@pytest.mark.parametrize("name", ["conversionSteps", "conversionStepTimestamps"])
def test_null_removes_a_key_or_all(client: Client, name: str) -> None:
    lead_id = client.new_lead(conversionSteps={"a": True, "b": False}, conversionStepTimestamps={"a": AT, "b": AT})
    other = "conversionStepTimestamps" if name == "conversionSteps" else "conversionSteps"
    before = client.get(lead_id)[other]
    assert client.patch(lead_id, {name: {"a": None, "unknown": None}})["changed"] == [f"/{name}/a"]
    assert set(client.get(lead_id)[name]) == {"b"}
    assert client.patch(lead_id, {name: {}})["changed"] == []
    assert client.patch(lead_id, {name: None})["changed"] == [f"/{name}/b"]
    lead = client.get(lead_id)
    assert (lead[name], lead[other]) == ({}, before)


def test_a_step_set_true_without_a_time_is_stamped_with_now(client: Client) -> None:
    lead_id = client.new_lead(conversionSteps={"a": False})
    answer = client.patch(lead_id, {"conversionSteps": {"a": True, "b": True, "c": False}})
    times = client.get(lead_id)["conversionStepTimestamps"]
    assert set(times) == {"a", "b"}
    assert is_now(times["a"]) and is_now(times["b"])
    time.sleep(0.01)
    again = client.patch(lead_id, {"conversionSteps": {"a": True, "b": True, "c": False}})
    assert again["version"] == answer["version"]
    assert client.get(lead_id)["conversionStepTimestamps"] == times


def test_a_time_that_is_cleared_with_its_step_stays_so(client: Client) -> None:
    lead_id, body = client.new_lead(), {"conversionSteps": {"a": True}, "conversionStepTimestamps": {"a": None}}
    client.patch(lead_id, body)
    assert client.get(lead_id)["conversionStepTimestamps"] == {}
    assert client.patch(lead_id, body)["changed"] == []


@pytest.mark.parametrize("at", [0, "0"])
def test_a_time_of_zero_counts_as_absent(client: Client, at: Any) -> None:
    lead_id = client.new_lead()
    client.patch(lead_id, {"conversionSteps": {"a": True}, "conversionStepTimestamps": {"a": at}})
    assert is_now(client.get(lead_id)["conversionStepTimestamps"]["a"])


def test_zero_does_not_clear_a_time(client: Client) -> None:
    lead_id = client.new_lead(conversionStepTimestamps={"a": AT})
    assert client.patch(lead_id, {"conversionStepTimestamps": {"a": 0}})["changed"] == []
    assert client.get(lead_id)["conversionStepTimestamps"] == {"a": AT}


def test_a_step_with_a_time_keeps_it(client: Client) -> None:
    lead_id = client.new_lead()
    client.patch(lead_id, {"conversionSteps": {"a": True}, "conversionStepTimestamps": {"a": AT}})
    assert client.get(lead_id)["conversionStepTimestamps"] == {"a": AT}


def test_a_time_that_came_before_its_step_is_kept(client: Client) -> None:
    lead_id = client.new_lead(conversionStepTimestamps={"a": AT})
    client.patch(lead_id, {"conversionSteps": {"a": True}})
    assert client.get(lead_id)["conversionStepTimestamps"] == {"a": AT}


def test_a_time_that_is_sent_back_with_its_step_turning_true_is_kept(client: Client) -> None:
    lead_id = client.new_lead(conversionSteps={"a": False}, conversionStepTimestamps={"a": AT})
    lead = client.get(lead_id)
    lead["conversionSteps"]["a"] = True
    client.patch(lead_id, lead)
    assert client.get(lead_id)["conversionStepTimestamps"] == {"a": AT}


def test_a_step_whose_time_was_removed_is_stamped_only_when_it_turns_true_again(client: Client) -> None:
    lead_id = client.new_lead(conversionSteps={"a": True})
    client.patch(lead_id, {"conversionStepTimestamps": {"a": None}})
    assert client.patch(lead_id, {"conversionSteps": {"a": True}})["changed"] == []
    assert client.get(lead_id)["conversionStepTimestamps"] == {}
    client.patch(lead_id, {"conversionSteps": {"a": False}})
    client.patch(lead_id, {"conversionSteps": {"a": True}})
    assert is_now(client.get(lead_id)["conversionStepTimestamps"]["a"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conversionSteps", {"a": 1}),
        ("conversionSteps", {"a": "true"}),
        ("conversionSteps", ["a"]),
        ("conversionSteps", True),
        ("conversionStepTimestamps", {"a": "soon"}),
        ("conversionStepTimestamps", {"a": True}),
        ("conversionStepTimestamps", 5),
    ],
)
def test_invalid_values_are_refused(client: Client, name: str, value: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={name: value})
    assert answer.status_code == 400
    assert name in answer.json()["message"]


def test_a_step_of_any_name(client: Client) -> None:
    steps = {"": True, "a/b~c": True, "etapa 1 ✓": False, "ã" * 128: True}
    lead_id = client.new_lead(conversionSteps=steps)
    assert client.get(lead_id)["conversionSteps"] == steps
    client.patch(lead_id, {"conversionSteps": {"a/b~c": None}})
    assert "a/b~c" not in client.get(lead_id)["conversionSteps"]
