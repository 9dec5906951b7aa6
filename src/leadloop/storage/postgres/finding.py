"""How PostgreSQL says what `storage.finding` asks for: words by `tsquery`."""

from collections.abc import Sequence
from typing import Any

from leadloop.storage.criteria import Run, Words
from leadloop.storage.finding import SqlDialect
from leadloop.storage.sql import statements

_WEIGHTS = {None: "", "name": "A", "email": "B"}


def _words(words: Words) -> tuple[str, list[Any]]:
    return "words @@ {}::text::tsquery", [_match([words])]


def _match(every: Sequence[Words]) -> str:
    return " & ".join(f"({' | '.join(map(_run, words.runs))})" for words in every)


def _run(run: Run) -> str:
    weight = _WEIGHTS[run.field]
    tokens = [f"'{token}':{weight}" for token in run.tokens]
    text = " <-> ".join(tokens) + ("*" if run.is_prefix else "")
    return f"({text})"


SPEECH = SqlDialect(
    sql=statements(__file__),
    one_of="{column} = ANY (ARRAY(SELECT json_array_elements_text({}::text::json)))",
    has_tag="doc -> 'tags' @> jsonb_build_array(jsonb_build_object('id', {}::text))",
    words=_words,
    match=_match,
)
