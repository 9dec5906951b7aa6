"""What the nouns of both engines share: their base, and methods that yield statements for an engine to run."""

from collections.abc import Callable, Coroutine
from functools import partial, update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from leadloop.storage.scripts import Script

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")
N = TypeVar("N", bound="Noun[ScriptRunner]")


class ScriptRunner(Protocol):
    """Runs the script of a method. It may run again after a lost connection, so a method must be pure."""

    async def read_script(self, script: Callable[[], Script[T]]) -> T: ...

    async def write_script(self, script: Callable[[], Script[T]]) -> T:
        """Runs the script in one transaction; nothing is written if the method raises."""


class Noun(Generic[D]):
    """A part of the store, over an engine's open database."""

    def __init__(self, database: D) -> None:
        self._database = database


def reads(method: Callable[Concatenate[N, P], Script[T]]) -> Callable[Concatenate[N, P], Coroutine[Any, Any, T]]:
    """A method that reads."""

    async def run(noun: N, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.read_script(partial(method, noun, *args, **kwargs))

    update_wrapper(run, method)
    return run


def writes(method: Callable[Concatenate[N, P], Script[T]]) -> Callable[Concatenate[N, P], Coroutine[Any, Any, T]]:
    """A method that writes, in one transaction."""

    async def run(noun: N, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.write_script(partial(method, noun, *args, **kwargs))

    update_wrapper(run, method)
    return run
