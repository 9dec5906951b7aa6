"""What refusals say: one table per language, from the code of a problem to its sentence.

`core/errors.py` has the problems, `tests/core/test_problem_codes.py` compares every place that makes one with the
table. In a sentence `{name}` stands for a parameter; of a list `{name}` shows the items with commas, `{name:or}` with
that word. Sentences are in the words of the API: a page may say the same differently.
"""

from leadloop.messages import fields, refusals, search, urls

ENGLISH: dict[str, str] = fields.ENGLISH | refusals.ENGLISH | search.ENGLISH | urls.ENGLISH
