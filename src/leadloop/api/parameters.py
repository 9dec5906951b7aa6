"""Unknown query parameters (semantics section 7): ignored and listed in the answer, or refused."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from leadloop.api.errors import ApiError
from leadloop.api.prefer import Handling
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.problems import Problems

IGNORED = "Leadloop-Ignored"
IGNORED_LIMIT_BYTES = 4 * 1024
"""Every client and proxy accepts a header field of this size."""
SHORTEST = 3
"""Fewest characters of a name that is compared for a misspelling."""

_VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "%,")


def check_parameters(names: Iterable[str], parameters: Sequence[str], handling: Handling | None) -> dict[str, str]:
    """The header fields that list unknown parameters in the answer.

    Raises `ApiError` 400 for a name that is nearly a known one, probably a misspelled filter; with `handling=strict`
    for any unknown name.
    """
    is_strict = handling is Handling.STRICT
    headers = {"Preference-Applied": "handling=strict"} if is_strict else {}
    unknown = [name for name in names if name not in parameters]
    if not unknown:
        return headers
    problems = Problems()
    for name in unknown:
        if (nearest := _nearest(name, parameters)) is not None:
            problems.refuse(pointer(name), "unknown_parameter_near", nearest=nearest)
        elif is_strict:
            problems.refuse(pointer(name), "unknown_parameter")
    if problems.listed:
        raise ApiError(400, Problem("invalid_input"), problems=problems.listed, headers=headers)
    return headers | {IGNORED: ignored_header([f"?{name}" for name in unknown])}


def ignored_header(names: Sequence[str]) -> str:
    """The value of `Leadloop-Ignored`, percent-encoded. A list that is too long is cut and ends in `...`."""
    text = ", ".join(quote(name, safe=_VISIBLE) for name in names)
    if len(text) <= IGNORED_LIMIT_BYTES:
        return text
    return text[:IGNORED_LIMIT_BYTES].rpartition(", ")[0] + ", ..."


def _nearest(name: str, parameters: Sequence[str]) -> str | None:
    return next((parameter for parameter in parameters if _is_near(_normalized(name), _normalized(parameter))), None)


def _normalized(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _is_near(left: str, right: str) -> bool:
    """Whether they differ by at most one edit: one character replaced, added or removed, or two neighbours swapped."""
    if left == right:
        return True
    if min(len(left), len(right)) < SHORTEST or abs(len(left) - len(right)) > 1:
        return False
    for _ in range(2):  # strip the common prefix, then the common suffix
        start = next(
            (at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
        )
        left, right = left[start:][::-1], right[start:][::-1]
    return max(len(left), len(right)) == 1 or (len(left) == 2 and left == right[::-1])
