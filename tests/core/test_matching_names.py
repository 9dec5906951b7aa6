"""Matching keys of names: all spellings of a name share one key, and accents count (semantics section 1)."""

import unicodedata
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.leads.normalize import matching_name
from tests.support.examples import examples

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
SPACES = st.sampled_from([" ", "  ", "\u00a0", "\u2003", "\u3000", "\t"])
FORMS: tuple[Callable[[str], str], ...] = (
    lambda name: unicodedata.normalize("NFC", name),
    lambda name: unicodedata.normalize("NFD", name),
    str.casefold,
)


@examples(300)
@given(words=st.lists(NAMES, min_size=1, max_size=3), data=st.data())
def test_every_spelling_has_the_same_key(words: list[str], data: st.DataObject) -> None:
    name, spelling = " ".join(words), data.draw(SPACES)
    for word in words:
        form = data.draw(st.sampled_from(FORMS))
        spelling += form(word) + data.draw(SPACES)
    key = matching_name(name)
    assert matching_name(spelling) == matching_name(key) == key


@examples(100)
@given(word=st.text("abcxyz", min_size=1, max_size=6), accent=st.sampled_from(["\u0301", "\u0303", "\u0327"]))
def test_accents_count(word: str, accent: str) -> None:
    """Also a letter with an accent for which there is no composed character."""
    assert matching_name(word + accent) == matching_name(word.upper() + accent) != matching_name(word)
