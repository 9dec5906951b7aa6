"""The replay of transcripts reports differences, and nothing else."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.wire.replay import differences, filled, matches


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("text", "text"),
        ("{{id}}", "0123456789abcdef01234567"),
        ("lead_{{id}}", "lead_0123456789abcdef01234567"),
        ("{{requestId}}", "req_0123456789abcdef01234567"),
        ("{{any}}", None),
        ("is {{any}}", "is what it is"),
        (Decimal("1.5"), Decimal("1.50")),
    ],
)
def test_what_matches(expected: Any, got: Any) -> None:
    assert matches(expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, True),
        (1, Decimal("1.0")),
        (0, False),
        (None, ""),
        ("{{id}}", "0123456789abcdef0123456"),
        ("{{ms}}", 1_767_225_600_123),
        ("{{ms}}", "1767225600123"),
        ("{{instant}}", "2001-01-31T00:00:00.000Z"),
        ("{{instant}}", "2001-01-31T00:00:00Z"),
        ("{{requestId}}", ""),
    ],
)
def test_what_does_not_match(expected: Any, got: Any) -> None:
    assert not matches(expected, got)


def test_times_match_when_they_are_about_now() -> None:
    now = time.time()
    assert matches("{{ms}}", int(now * 1_000))
    assert not matches("{{ms}}", int(now))
    assert not matches("{{ms}}", str(int(now * 1_000)))
    assert matches("{{instant}}", time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now)))


def test_a_difference_names_its_place() -> None:
    expected = {"same": 1, "lead": {"tags": [{"name": "vip"}]}, "gone": 1, "list": [1]}
    got = {"same": 1, "lead": {"tags": [{"name": "VIP"}]}, "new": 2, "list": [1, 2]}
    assert sorted(differences(expected, got)) == [
        "/gone: expected 1, got nothing",
        "/lead/tags/0/name: expected 'vip', got 'VIP'",
        "/list: expected [1], got [1, 2]",
        "/new: expected nothing, got 2",
    ]


def test_names_are_filled_in_and_placeholders_are_not() -> None:
    values = {"leadId": "abc"}
    assert filled({"/v1/{leadId}": ["{leadId}", "{{id}}", 1]}, values) == {"/v1/abc": ["abc", "{{id}}", 1]}
