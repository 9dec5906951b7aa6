"""Registers all projections."""

from typing import Any

from leadloop.derived.columns import COLUMNS
from leadloop.derived.facts import FACTS
from leadloop.derived.projection import Projection
from leadloop.derived.references import REFERENCES
from leadloop.derived.stage_moves import STAGES
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS

_ALL: tuple[Projection[Any], ...] = (COLUMNS, WORDS, TERMS, FACTS, STAGES, REFERENCES)
PROJECTIONS: dict[str, Projection[Any]] = {projection.name: projection for projection in _ALL}
"""By name."""
