"""A change of a lead as a sentence."""

from collections.abc import Sequence
from typing import NamedTuple

from leadloop.core.changes import FieldChange
from leadloop.web.words.field_phrases import field_phrase, more_fields, value_phrases
from leadloop.web.words.fields import ChangedField, ReadField, changed_fields, read_fields
from leadloop.web.words.item_phrases import item_phrases
from leadloop.web.words.language import Words
from leadloop.web.words.phrases import ReadChange, VerbPhrase, lead_phrases

MOST_PHRASES = 2


class ChangeText(NamedTuple):
    sentence: str
    """What follows the actor's name: `moved the lead from New to Active and wrote a note`."""
    icon: str
    """A name in the sprite."""
    fields: Sequence[ChangedField]
    is_noise: bool
    """Whether nothing changed that a person would miss: times, counters, derived fields."""


def describe(fields: Sequence[FieldChange], words: Words, *, is_first: bool = False, actor: str = "") -> ChangeText:
    """`is_first` says that the change created the lead. `actor`, as in the change record, tells whether a person took
    the lead over."""
    read = read_fields(fields, words)
    whole = {field.attribute: field for field in read if not field.key}
    phrases, more = _phrases(ReadChange(read, whole, words, is_first, actor))
    shown = changed_fields(read, words)
    if not phrases:
        text = words.gettext("updated technical data") if fields else words.gettext("changed nothing")
        return ChangeText(text, "settings", shown, True)
    is_named = phrases[0].names_lead
    texts = [phrases[0].text, *(phrase.later if is_named and phrase.later else phrase.text for phrase in phrases[1:])]
    if more:
        texts.append(more_fields(more, words))
    return ChangeText(words.join(texts), phrases[0].icon, shown, False)


def _phrases(change: ReadChange) -> tuple[list[VerbPhrase], int]:
    """The most telling phrases, and how many fields they leave out."""
    candidates = (*lead_phrases(change), *value_phrases(change), *item_phrases(change))
    chosen: list[VerbPhrase] = []
    told: set[str] = set()
    for phrase in candidates:
        says_same = any(phrase.text.startswith(other.text) or other.text.startswith(phrase.text) for other in chosen)
        if says_same:
            told |= phrase.attributes
        elif len(chosen) < MOST_PHRASES and not phrase.attributes <= told:
            chosen.append(phrase)
            told |= phrase.attributes
    rest = _untold(change, told)
    if change.is_first or not rest or len(chosen) == MOST_PHRASES:
        return chosen, 0 if change.is_first else len(rest)
    return [*chosen, field_phrase(rest, change.words)], 0


def _untold(change: ReadChange, told: set[str]) -> list[ReadField]:
    return [field for field in change.fields if not field.is_noise and told.isdisjoint((field.attribute, field.place))]
