"""Tests of the worker run on each engine, like those of the engines themselves."""

from tests.storage.conftest import database, engine

__all__ = ["database", "engine"]
