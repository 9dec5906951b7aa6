"""A body whose text shows that nothing is forbidden in it is not scanned; the outcome must be that of a scan."""

import json
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from leadloop.api import body
from leadloop.core.errors import InvalidFields
from tests.support.examples import examples

TEXTS = st.text(max_size=8) | st.sampled_from(["x" * 255, "x" * 256, "x" * 257, "é" * 129, "\x00", "\x7f", "\\", '"'])
NUMBERS = st.integers(-(2**65), 2**65) | st.sampled_from([2**63, 2**63 - 1, -(2**63) - 1, 10**17, 1e18, 1e30, 1e-30])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXTS, VALUES, max_size=5)


def outcome(raw: bytes) -> Any:
    try:
        return body.decode_object(raw)
    except InvalidFields as error:
        return [(problem.code, problem.field, problem.params) for problem in error.problems]


def scanned(raw: bytes) -> Any:
    before, body._NEEDS_SCAN = body._NEEDS_SCAN, re.compile(b"")
    try:
        return outcome(raw)
    finally:
        body._NEEDS_SCAN = before


@examples(300)
@given(BODIES, st.booleans())
@example({"a": [[[]] * 400]}, True)
@example({str(n): 1 for n in range(1_001)}, True)
def test_the_outcome_is_that_of_a_scan(value: dict[str, Any], is_ascii: bool) -> None:
    raw = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return
    assert outcome(raw) == scanned(raw)


def test_deep_bodies_are_scanned() -> None:
    for depth in range(28, 36):
        raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
        assert outcome(raw) == scanned(raw)
    assert isinstance(outcome(raw), list)
