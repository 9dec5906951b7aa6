"""Fixtures of the worker tests, which run on each engine."""

from tests.storage.conftest import database, distributed_template, engine

__all__ = ["database", "distributed_template", "engine"]
