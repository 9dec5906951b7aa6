"""Whatever is written to a lead can be described, in a sentence of bounded length and without a pointer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.changes import FieldChange
from leadloop.core.reading.bursts import fold_fields
from leadloop.web.words import describe, label_of, show_value
from leadloop.web.words.show import LONGEST as LONGEST_VALUE
from tests.core.desk import DIALECTS, Desk
from tests.core.histories import FIRST, STEPS, Step
from tests.support.examples import examples
from tests.web.words_support import LANGUAGES, LONGEST, text_of, words_of

HOSTILE = (
    "<script>alert(1)</script>",
    "%(person)s %s %d {0} {name}",
    "\u202eright to left\u2066",
    "line\nline\r\nline\x00\x1b[31m",
    "”“ \u2068",
    "x" * 30_000,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "9" * 400,
    "2026-13-45T99:99:99Z",
    "/name",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
BOUND = LONGEST + 100
WORDS = [words_of(language) for language in LANGUAGES]


def with_texts(value: Any, text: str) -> Any:
    """The value with each of its texts replaced."""
    if isinstance(value, dict):
        return {key: with_texts(member, text) for key, member in value.items()}
    if isinstance(value, list):
        return [with_texts(item, text) for item in value]
    return text if isinstance(value, str) else value


def check(fields: list[FieldChange], *, is_first: bool) -> None:
    for words in WORDS:
        text = describe(fields, words, is_first=is_first, salesperson_id="a")
        assert text.sentence.strip()
        assert len(text.sentence) <= BOUND
        assert "\n" not in text.sentence
        assert text.is_noise is all(field.is_noise for field in text.fields) or not fields
        for field in text.fields:
            assert field.label
            assert max(len(field.before or ""), len(field.after or "")) <= LONGEST_VALUE
        for change in fields:
            assert not text.sentence.startswith("/")
            assert show_value(change.field, change.after, words) is not None


@examples(80)
@given(first=FIRST, steps=st.lists(STEPS, max_size=4), hostile=st.sampled_from(HOSTILE))
def test_any_history_can_be_described(first: Step, steps: list[Step], hostile: str) -> None:
    desk = Desk()
    dialect, body = first
    desk.create(DIALECTS[dialect], body)
    for kind, patch in steps:
        _ = desk.delete() if kind == "delete" else desk.patch(DIALECTS[kind], patch)
    check(fold_fields(record.fields for record in desk.records), is_first=True)
    for record in desk.records:
        check(record.fields, is_first=record.version == 1)
        fields = [
            structs.replace(
                field, before=with_texts(field.before, "a"), after=with_texts(field.after, hostile), reason=field.reason
            )
            for field in record.fields
        ]
        check(fields, is_first=record.version == 1)
        for words in WORDS:
            for field in text_of(record, words).fields:
                assert not field.label.startswith("/")


@examples(200)
@given(
    key=st.text(max_size=300),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_any_value_under_any_key_can_be_shown(key: str, value: Any) -> None:
    escaped = key.replace("~", "~0").replace("/", "~1")
    for attribute in ("custom_fields", "consent", "params", "flags", "steps", "answers", "notes", "unheard_of"):
        field = f"/{attribute}/{escaped}"
        for words in WORDS:
            assert label_of(field, words.language).strip()
            show_value(field, value, words)
            sentence = describe([FieldChange(field, None, value)], words).sentence
            assert sentence.strip()
            assert len(sentence) <= LONGEST
