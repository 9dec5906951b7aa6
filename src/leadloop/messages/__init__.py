"""The sentences of problems: one table per language, by the code of the problem.

`core/errors.py` defines `Problem`; `tests/core/test_problem_codes.py` compares its uses with the table. `{name}` in a
sentence is a parameter. For a list, `{name}` shows the items with commas, `{name:or}` with that word between them.
"""

from leadloop.messages import fields, refusals, search, urls

ENGLISH: dict[str, str] = fields.ENGLISH | refusals.ENGLISH | search.ENGLISH | urls.ENGLISH
