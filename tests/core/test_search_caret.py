"""What is being written at the caret of a query, and the query with a completion in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.search.caret import caret_at, completed
from tests.core.test_search_language import TEXTS
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("text", "field", "operator", "written", "after"),
    [
        ("|", "", ":", "", "X |"),
        ("sta|", "", ":", "sta", "X |"),
        ("ana -sta|", "", ":", "sta", "ana -X |"),
        ("ana | stage:NEW", "", ":", "", "ana X |stage:NEW"),
        ("st|ge", "", ":", "st", "X |"),
        ("stage:|", "stage", ":", "", "stage:X |"),
        ("-stage:ne| ana", "stage", ":", "ne", "-stage:X |ana"),
        ("tag:vip,co|", "tag", ":", "co", "tag:vip,X |"),
        ('tag:"a, b",|', "tag", ":", "", 'tag:"a, b",X |'),
        ('user:"Ana So|', "user", ":", "Ana So", "user:X |"),
        ('user:"Ana So|uza" x', "user", ":", "Ana So", "user:X |x"),
        ('user:"say \\"hi|', "user", ":", 'say "hi', "user:X |"),
        ('user:"|', "user", ":", "", "user:X |"),
        ("created>=to|", "created", ">=", "to", "created>=X |"),
        ("created=to|", "created", ":", "to", "created=X |"),
        ('"ana ma|', "", ":", "ana ma", "X |"),
        ("tag:a|b,c", "tag", ":", "a", "tag:X|,c"),
    ],
)
def test_what_stands_at_the_caret_is_completed(text: str, field: str, operator: str, written: str, after: str) -> None:
    at = text.index("|")
    text = text.replace("|", "", 1)
    caret = caret_at(text, at)
    assert (caret.field, caret.operator, caret.written) == (field, operator, written)
    result = completed(text, caret, "X", is_whole=True)
    assert f"{result.text[: result.at]}|{result.text[result.at :]}" == after


@examples(600)
@given(text=TEXTS, at=st.integers(0, 60))
def test_the_caret_is_somewhere_in_any_text(text: str, at: int) -> None:
    at = min(at, len(text))
    caret = caret_at(text, at)
    assert 0 <= caret.start <= at <= caret.end <= len(text)
    result = completed(text, caret, "X", is_whole=False)
    assert result.text == text[: caret.start] + "X" + text[caret.end :] and result.text[: result.at].endswith("X")
