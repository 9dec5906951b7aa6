"""Fixtures of the worker tests, which run on each engine."""

from tests.storage.conftest import database, engine

__all__ = ["database", "engine"]
