"""Every change of the demo's leads reads as a sentence, in both languages."""

import pytest

from tests.web.words_support import ICONS, LANGUAGES, demo_changes, mistakes, text_of, words_of

SAMPLE = 300
ALL = 12_500
"""Of each market."""


def check(market: str, count: int, *, with_fields: bool) -> int:
    """Returns how many changes were described."""
    words = {language: words_of(language, market) for language in LANGUAGES}
    seen: set[str] = set()
    described = 0
    for change in demo_changes(market, count):
        described += 1
        sentences = {}
        for language in LANGUAGES:
            text = text_of(change, words[language])
            sentences[language] = text.sentence
            if text.sentence not in seen:
                seen.add(text.sentence)
                assert mistakes(text.sentence, language) == [], text.sentence
                assert text.icon in ICONS
            for field in text.fields if with_fields else ():
                assert field.label and not field.label.startswith("/"), field
                assert field.before != field.after or field.is_noise or field.before is None, field
        assert sentences["en"] != sentences["pt-BR"], change
    return described


@pytest.mark.parametrize("market", ["br", "us"])
def test_every_change_reads_as_a_sentence(market: str) -> None:
    assert check(market, SAMPLE, with_fields=True) > SAMPLE


@pytest.mark.slow
@pytest.mark.parametrize("market", ["br", "us"])
def test_every_change_of_all_leads_reads_as_a_sentence(market: str) -> None:
    assert check(market, ALL, with_fields=False) > ALL


@pytest.mark.parametrize("market", ["br", "us"])
def test_values_are_shown_for_people(market: str) -> None:
    for language in LANGUAGES:
        words = words_of(language, market)
        for change in demo_changes(market, SAMPLE // 3):
            for field in text_of(change, words).fields:
                for value in (field.before, field.after):
                    if value is not None:
                        assert not value.startswith(("{", "[")), field
                        assert value not in ("None", "True", "False", "true", "false"), field
