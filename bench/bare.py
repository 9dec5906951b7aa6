"""`python -m bench.bare serve …`: leadloop without catalogue and search index, to measure what they cost a PATCH.

Changes touch no part of them, so that neither engine writes their rows, and references are kept as they were sent.
"""

import sys

from leadloop.cli import main
from leadloop.core.writes import use_cases
from leadloop.derived import projection
from leadloop.derived.references import REFERENCES
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS

LEFT_OUT = (TERMS.name, WORDS.name, REFERENCES.name)


def leave_out() -> None:
    for field, parts in projection._READERS.items():
        projection._READERS[field] = [part for part in parts if part[0] not in LEFT_OUT]
    setattr(use_cases, "has_references", lambda patch: False)  # noqa: B010 (a constant name, replaced on purpose)


if __name__ == "__main__":
    leave_out()
    sys.exit(main())
