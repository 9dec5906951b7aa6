"""Returns the results of a batch to its callers."""

import asyncio
from typing import Any, NamedTuple


class Failure(NamedTuple):
    """The result of work that wrote nothing and fails alone; the rest of its batch continues."""

    error: Exception


def resolve_future(future: "asyncio.Future[Any]", result: Any) -> None:
    """Resolves the future with an answer or a `Failure`; does nothing if its caller has gone away."""
    if future.done():
        return
    if not isinstance(result, Failure):
        future.set_result(result)
    elif isinstance(result.error, StopIteration):  # which a future refuses to carry
        future.set_exception(RuntimeError("StopIteration in a unit"))
    else:
        future.set_exception(result.error)
