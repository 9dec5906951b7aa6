"""A change of a lead as a sentence."""

import functools
from collections.abc import Container, Sequence, Set

from leadloop.core.changes import FieldChange
from leadloop.web.words.field_phrases import field_phrase, more_fields, value_phrases
from leadloop.web.words.fields import ChangedField, ReadField, changed_fields, read_fields
from leadloop.web.words.item_phrases import item_phrases
from leadloop.web.words.language import Words
from leadloop.web.words.phrases import ReadChange, VerbPhrase, lead_phrases

MOST_PHRASES = 2


class ChangeText:
    def __init__(self, sentence: str, icon: str, read: Sequence[ReadField], words: Words, *, is_noise: bool) -> None:
        self.sentence = sentence
        """What follows the actor's name: `moved the lead from New to Active and wrote a note`."""
        self.icon = icon
        """A name in the sprite."""
        self.is_noise = is_noise
        """Whether nothing changed that a person would miss: times, counters, derived fields."""
        self._read = read
        self._words = words

    @functools.cached_property
    def fields(self) -> Sequence[ChangedField]:
        """Each field with its values, put into words when they are first asked for."""
        return self.fields_without(())

    def fields_without(self, left_out: Container[int]) -> Sequence[ChangedField]:
        """`left_out` are indexes of described fields that are shown elsewhere."""
        shown = [field for index, field in enumerate(self._read) if index not in left_out]
        return changed_fields(shown, self._words)


def describe(
    fields: Sequence[FieldChange], words: Words, *, is_first: bool = False, salesperson_id: str | None = None
) -> ChangeText:
    """`is_first` says that the change created the lead. `salesperson_id` is the actor's in the catalogue: with it, a
    person took a lead over, and did not assign it. The fields may be those of several changes, folded."""
    read = read_fields(fields, words)
    whole = {field.attribute: field for field in read if not field.key}
    members: dict[str, list[ReadField]] = {}
    for field in read:
        if field.key:
            members.setdefault(field.attribute, []).append(field)
    phrases, more = _phrases(ReadChange(read, whole, members, words, is_first, salesperson_id))
    if not phrases:
        text = words.gettext("updated technical data") if fields else words.gettext("changed nothing")
        return ChangeText(text, "settings", read, words, is_noise=True)
    is_named = phrases[0].names_lead
    texts = [phrases[0].text, *(phrase.later if is_named and phrase.later else phrase.text for phrase in phrases[1:])]
    if more:
        texts.append(more_fields(more, words))
    return ChangeText(words.join(texts), phrases[0].icon, read, words, is_noise=False)


def _phrases(change: ReadChange) -> tuple[list[VerbPhrase], int]:
    """The most telling phrases, and how many fields they leave out."""
    if all(field.is_noise for field in change.fields):
        return [], 0
    candidates = (*lead_phrases(change), *value_phrases(change), *item_phrases(change))
    chosen: list[VerbPhrase] = []
    covered: set[str] = set()
    for phrase in candidates:
        says_same = any(phrase.text.startswith(other.text) or other.text.startswith(phrase.text) for other in chosen)
        if says_same:
            covered |= phrase.attributes
        elif len(chosen) < MOST_PHRASES and not _is_covered(phrase, covered):
            chosen.append(phrase)
            covered |= phrase.attributes
    rest = _fields_left(change, covered)
    if change.is_first or not rest or len(chosen) == MOST_PHRASES:
        return chosen, 0 if change.is_first else len(rest)
    return [*chosen, field_phrase(rest, change.words)], 0


def _is_covered(phrase: VerbPhrase, covered: Set[str]) -> bool:
    return all(place in covered or place.partition("/")[0] in covered for place in phrase.attributes)


def _fields_left(change: ReadChange, covered: set[str]) -> list[ReadField]:
    return [
        field for field in change.fields if not field.is_noise and covered.isdisjoint((field.attribute, field.place))
    ]
