"""The error body of the LeadSail dialect (leadsail.md section 1). Only validation errors have `details`."""

from typing import Any

from leadloop.api.errors import ApiError, lines

PUBLISHED = {400: "Invalid input data", 401: "Authentication required", 404: "Resource not found"}


def body(error: ApiError) -> dict[str, Any]:
    answer: dict[str, Any] = {"code": error.code, "message": PUBLISHED.get(error.status, error.message)}
    if error.status == 400:
        answer["details"] = lines(error.problems) or [error.message]
    return {"success": False, "error": answer | error.more}
