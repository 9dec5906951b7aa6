"""Handing the results of a group back to its callers."""

import asyncio
from typing import Any, NamedTuple


class Failure(NamedTuple):
    """The result of something that wrote nothing and fails alone, the rest of its group going on."""

    error: Exception


def resolve_future(future: "asyncio.Future[Any]", result: Any) -> None:
    """`result` is the answer or a `Failure`. A caller that has gone away gets nothing."""
    if future.done():
        return
    if not isinstance(result, Failure):
        future.set_result(result)
    elif isinstance(result.error, StopIteration):  # which a future refuses to carry
        future.set_exception(RuntimeError("StopIteration in a unit"))
    else:
        future.set_exception(result.error)
