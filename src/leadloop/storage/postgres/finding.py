"""PostgreSQL's dialect of `storage.finding`: a `tsquery` looks words up."""

from collections.abc import Sequence
from typing import Any

from leadloop.storage.criteria import TextMatch, TokenSequence
from leadloop.storage.finding import SqlDialect
from leadloop.storage.sql import statements

_WEIGHTS = {None: "", "name": "A", "email": "B"}


def _words(text: TextMatch) -> tuple[str, list[Any]]:
    return "words @@ {}::text::tsquery", [_any(text)]


def _match(criteria: Sequence[TextMatch], excluded: Sequence[TextMatch]) -> str:
    return " & ".join([*map(_any, criteria), *(f"!{_any(text)}" for text in excluded)])


def _any(text: TextMatch) -> str:
    return f"({' | '.join(map(_sequence, text.sequences))})"


def _sequence(sequence: TokenSequence) -> str:
    weight = _WEIGHTS[sequence.field]
    tokens = [f"'{token}':{weight}" for token in sequence.tokens]
    text = " <-> ".join(tokens) + ("*" if sequence.is_prefix else "")
    return f"({text})"


DIALECT = SqlDialect(
    sql=statements(__file__),
    one_of="{column} = ANY (ARRAY(SELECT json_array_elements_text({}::text::json)))",
    has_tag="doc -> 'tags' @> jsonb_build_array(jsonb_build_object('id', {}::text))",
    words=_words,
    match=_match,
)
