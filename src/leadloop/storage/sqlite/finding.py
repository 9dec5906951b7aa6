"""How SQLite says what `storage.finding` asks for: words by FTS5, and one lead's words by its tokens in a row."""

from collections.abc import Sequence
from typing import Any

from leadloop.storage.criteria import Run, Words
from leadloop.storage.finding import SqlDialect
from leadloop.storage.sql import statements

_PLACES = {
    None: "instr(words, {}) > 0",
    "name": "instr(substr(words, 1, instr(words, char(10))), {}) > 0",
    "email": "instr(substr(words, instr(words, char(10))), {}) > 0",
}
"""The tokens of the name end at the first line break, those of the e-mail come after it."""


def _words(words: Words) -> tuple[str, list[Any]]:
    """Not by FTS5: to know of one lead whether it has a word that begins so, it reads all that do."""
    values = [f" {' '.join(run.tokens)}{'' if run.is_prefix else ' '}" for run in words.runs]
    return f"({' OR '.join(_PLACES[run.field] for run in words.runs)})", values


def _match(every: Sequence[Words]) -> str:
    return " AND ".join(f"({' OR '.join(map(_run, words.runs))})" for words in every)


def _run(run: Run) -> str:
    text = " + ".join(f'"{token}"' for token in run.tokens) + ("*" if run.is_prefix else "")
    return f"{run.field} : ({text})" if run.field else text


SPEECH = SqlDialect(
    sql=statements(__file__),
    one_of="{column} IN (SELECT value FROM json_each({}))",
    has_tag="EXISTS (SELECT 1 FROM json_each(doc, '$.tags') WHERE value ->> 'id' = {})",
    words=_words,
    match=_match,
)
