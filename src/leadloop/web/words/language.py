"""The language in which stored values and changes are put into words, and the small parts of its grammar."""

import functools
import re
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from leadloop.web import i18n
from leadloop.web.formats import Formats
from leadloop.web.words import labels
from leadloop.web.words.part_labels import PARTS

QUOTED_LENGTH = 60
KEY_LENGTH = 60
_ARTICLE = {"en": re.compile("the "), "pt-BR": re.compile("(?:o|a|os|as) ")}
_QUOTED_END = re.compile("“([^”]*)”$")
_WORD_ENDS = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Za-z])|[_\s.\-/\\]+")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


class Words(Struct, frozen=True):
    """A reader's language, time zone and date patterns (`formats`), and how the lead's values are to be read."""

    formats: Formats
    currency: str | None = None
    """The lead's, else the account's. Without one, amounts have no sign."""
    region: str | None = None
    """The region whose phones are shown in national form; other phones are shown with their country code."""

    @property
    def language(self) -> str:
        return self.formats.language

    def gettext(self, text: str, **values: object) -> str:
        return i18n.translate(self.language, text, values)

    def ngettext(self, singular: str, plural: str, number: int, **values: object) -> str:
        return i18n.translations(self.language).ngettext(singular, plural, number) % {"number": number, **values}

    def join(self, texts: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        if len(texts) < 2:
            return "".join(texts)
        return self.gettext("%(first)s and %(last)s", first=", ".join(texts[:-1]), last=texts[-1])


class FieldNoun(Struct, frozen=True):
    noun: str
    """With its article, for sentences; in quotes if it is a key of the account's own."""
    label: str
    """Without the article; only what is in quotes, where something is: `Sale` for `the step “sale”`."""


def noun_of(names: Sequence[str], language: str) -> FieldNoun:
    """What the field with these pointer parts is called: an attribute of the lead, its member, or a key of a map."""
    attribute = names[0] if names else ""
    if len(names) < 2:
        return _noun(attribute, None, language)
    return _fixed(labels.ITEMS[attribute], language) if attribute in labels.ITEMS else _noun(*names[:2], language)


@functools.lru_cache(4_096)
def _noun(attribute: str, key: str | None, language: str) -> FieldNoun:
    if key is None:
        text = labels.LEAD.get(attribute)
    elif attribute in labels.PART_OF:
        text = PARTS[labels.PART_OF[attribute]].get(key)
    else:
        step = snake_case(key) if attribute in ("steps", "step_times_ms") else key
        text = labels.KEYED.get(attribute, {}).get(step)
    return _own(attribute if key is None else key, language) if text is None else _fixed(text, language)


@functools.lru_cache(2_048)
def _fixed(text: str, language: str) -> FieldNoun:
    noun = i18n.translations(language).gettext(text)
    quoted = _QUOTED_END.search(noun)
    label = quoted[1] if quoted else _ARTICLE[language].sub("", noun, count=1)
    return FieldNoun(noun, label[:1].upper() + label[1:])


def _own(key: str, language: str) -> FieldNoun:
    label = readable_key(key) or i18n.translations(language).gettext("without a name")
    return FieldNoun(quote(label), label)


@functools.lru_cache(4_096)
def readable_key(key: str) -> str:
    """A key as words: `roofAgeYears` and `roof_age_years` as `Roof age years`."""
    words = [word for word in _WORD_ENDS.split(key[: KEY_LENGTH * 4]) if word]
    text = " ".join(word if index and word.isupper() else word.lower() for index, word in enumerate(words))
    if len(words) == 1 and words[0].isupper():
        text = words[0]
    return one_line(text[:1].upper() + text[1:], KEY_LENGTH)


def snake_case(key: str) -> str:
    """`proposalSent` as `proposal_sent`."""
    return readable_key(key).lower().replace(" ", "_")


def quote(text: str) -> str:
    return f"“{one_line(text)}”"


def one_line(text: str, most: int = QUOTED_LENGTH) -> str:
    """At most so many characters on one line. Right-to-left text is isolated, so that it turns nothing beside it."""
    line = " ".join(text[: most * 4].split())
    if len(line) > most:
        line = f"{line[: most - 1].rstrip()}…"
    if line.isascii() or not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in line):
        return line
    return f"{_ISOLATE}{line.replace(_ISOLATE, '').replace(_END_ISOLATE, '')}{_END_ISOLATE}"
