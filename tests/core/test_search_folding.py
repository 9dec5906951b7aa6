"""Words are compared without case, accents and punctuation, the same in a query and in a lead."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.leads.model import blank_lead
from leadloop.core.search.folding import WHOLE_LENGTH, WORD_LENGTH, address, fold, whole, words
from leadloop.core.search.searchable import search_document
from tests.support.examples import examples

pytestmark = pytest.mark.slow

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("João  da SILVA", "joao da silva"),
        ("Joa\u0303o", "joao"),
        ("STRASSE straße", "strasse strasse"),
        ("IŞIK ışık İstanbul", "isik isik istanbul"),
        ("Łódź Ørsted Đorđe Æsir Œuvre", "lodz orsted dorde aesir oeuvre"),
        ("Σίσυφος ΣΊΣΥΦΟΣ", "σισυφοσ σισυφοσ"),
        ("Ｍａｒｉａ １２３", "maria 123"),
        ("٠١٢٣ ۴۵۶ १२", "0123 456 12"),
        ("Ma\u200bri\u200da\ufeff \u00adSil\u00adva", "maria silva"),
        ("Ana 🌸 Lima❤️", "ana lima"),
        ("1️⃣ ½ №5", "1 1 2 no5"),
        ("O'Neil-Souza_jr.", "o neil souza jr"),
        ("山田太郎", "山 田 太 郎"),
        ("スズキ・イチロー 様", "ス ス キ イ チ ロ ー 様"),
        ("हिन्दी ไทยแลนด์", "हिनदी ไทยแลนด์"),
        ("أَحْمَد", "احمد"),
        ("🌸 !?", ""),
        ("", ""),
    ],
)
def test_a_text_falls_into_folded_words(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


def test_a_korean_name_is_found_by_its_beginning() -> None:
    (name,), (start,) = words("김철수"), words("김철")
    assert name.startswith(start)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Maria.Silva@EXAMPLE.com ", "maria.silva@example.com"),
        ("joão@exámple.com", "joao@example.com"),
        ("maria", None),
        ("@example.com", None),
        ("maria@", None),
        ("a b@example.com", None),
        ("a@b@c", None),
        ('"a"@example.com', None),
        ("-a@example.com", None),
        ("a" * 320 + "@example.com", None),
    ],
)
def test_an_address_is_one_word(text: str, expected: str | None) -> None:
    assert address(text) == expected


def test_a_whole_keeps_what_is_no_word() -> None:
    assert whole("  VIP 🔥  C++\u200b ") == "vip 🔥 c++"


def test_what_is_too_long_is_cut() -> None:
    assert words("x" * 1_000) == ("x" * WORD_LENGTH,)
    assert whole("ﷺ" * 1_000) == whole("ﷺ" * 999)
    assert len(whole("x" * 1_000)) == WHOLE_LENGTH


def test_every_character_folded_again_stays_as_it_is() -> None:
    for char in map(chr, range(sys.maxunicode + 1)):
        folded = fold(char)
        assert folded == char or fold(folded) == folded, hex(ord(char))


@examples(300)
@given(text=TEXTS)
def test_what_is_folded_again_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert whole(whole(text)) == whole(text)
    assert words(" ".join(words(text))) == words(text)
    assert words(fold(text)) == words(text)


@examples(300)
@given(text=TEXTS)
def test_a_word_has_no_space_and_no_punctuation_that_ascii_knows(text: str) -> None:
    for word in words(text):
        assert word == "".join(word.split()) and word
        assert all(c.isalnum() or not c.isascii() for c in word)


def test_the_words_of_a_lead() -> None:
    lead = structs.replace(blank_lead("a" * 24, "b" * 24, 0), name="João Silva", email="J.Silva@Example.com")
    assert search_document(lead).words == {"joao", "silva", "j", "example", "com", "j.silva@example.com"}
