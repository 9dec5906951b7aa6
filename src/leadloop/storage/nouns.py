"""The nouns of a store whose statements both engines share: each method yields its statements, an engine runs them."""

from collections.abc import Callable, Coroutine
from functools import partial, update_wrapper
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from leadloop.storage.steps import Steps

P = ParamSpec("P")
T = TypeVar("T")
N = TypeVar("N", bound="Noun")


class Database(Protocol):
    """Runs the statements of a method. It may start again after a lost connection, so a method must be pure."""

    async def read_steps(self, steps: Callable[[], Steps[T]]) -> T: ...

    async def write_steps(self, steps: Callable[[], Steps[T]]) -> T:
        """In one transaction; nothing is written if the method raises."""


class Noun:
    def __init__(self, database: Database) -> None:
        self._database = database


def reads(method: Callable[Concatenate[N, P], Steps[T]]) -> Callable[Concatenate[N, P], Coroutine[Any, Any, T]]:
    """A method that reads."""

    async def run(noun: N, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.read_steps(partial(method, noun, *args, **kwargs))

    update_wrapper(run, method)
    return run


def writes(method: Callable[Concatenate[N, P], Steps[T]]) -> Callable[Concatenate[N, P], Coroutine[Any, Any, T]]:
    """A method that writes, in one transaction."""

    async def run(noun: N, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.write_steps(partial(method, noun, *args, **kwargs))

    update_wrapper(run, method)
    return run
