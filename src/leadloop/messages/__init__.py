"""The sentences of problems: one table per language, by the code of the problem.

`core/errors.py` defines `Problem`; `tests/core/test_problem_codes.py` compares its uses with the tables. `{name}` in a
sentence is a parameter. For a list, `{name}` shows the items with commas, `{name:or}` with that word between them.
"""

from leadloop.messages import dashboard, fields, people, refusals, search, urls

TABLES = (fields, refusals, search, urls, people, dashboard)
ENGLISH: dict[str, str] = {code: text for table in TABLES for code, text in table.ENGLISH.items()}
PORTUGUESE: dict[str, str] = {code: text for table in TABLES for code, text in table.PORTUGUESE.items()}
"""Brazilian."""

SENTENCES = {"en": ENGLISH, "pt-BR": PORTUGUESE}
"""By language."""
