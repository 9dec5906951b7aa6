"""The envelope of answers under `/api/v1`."""

from typing import Any

from leadloop.api.call import Answer


def success(data: Any, headers: dict[str, str] | None = None, status: int = 200, size: int = 0) -> Answer:
    return Answer({"success": True, "data": data}, status, headers or {}, size)
