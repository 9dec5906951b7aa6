"""SQLite's dialect of `storage.finding`: FTS5 looks words up; conditions on one lead search the tokens in its row."""

from collections.abc import Sequence
from typing import Any

from leadloop.storage.criteria import TextMatch, TokenSequence
from leadloop.storage.finding import SqlDialect
from leadloop.storage.sql import statements

_PLACES = {
    None: "instr(words, {}) > 0",
    "name": "instr(substr(words, 1, instr(words, char(10))), {}) > 0",
    "email": "instr(substr(words, instr(words, char(10))), {}) > 0",
}
"""The tokens of the name end at the first line break, those of the e-mail come after it."""


def _words(text: TextMatch) -> tuple[str, list[Any]]:
    """Does not use FTS5: to check one lead for a prefix, it would read every lead that has the prefix."""
    values = [f" {' '.join(sequence.tokens)}{'' if sequence.is_prefix else ' '}" for sequence in text.sequences]
    return f"({' OR '.join(_PLACES[sequence.field] for sequence in text.sequences)})", values


def _match(criteria: Sequence[TextMatch], excluded: Sequence[TextMatch]) -> str:
    required = " AND ".join(map(_any, criteria))
    return f"({required}) NOT ({' OR '.join(map(_any, excluded))})" if excluded else required


def _any(text: TextMatch) -> str:
    return f"({' OR '.join(map(_sequence, text.sequences))})"


def _sequence(sequence: TokenSequence) -> str:
    text = " + ".join(f'"{token}"' for token in sequence.tokens) + ("*" if sequence.is_prefix else "")
    return f"{sequence.field} : ({text})" if sequence.field else text


DIALECT = SqlDialect(
    sql=statements(__file__),
    one_of="{column} IN (SELECT value FROM json_each({}))",
    has_tag="EXISTS (SELECT 1 FROM json_each(doc, '$.tags') WHERE value ->> 'id' = {})",
    words=_words,
    match=_match,
)
