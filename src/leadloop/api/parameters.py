"""Query parameters that a route does not have (semantics section 7): ignored and named, or refused."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from leadloop.api.errors import ApiError
from leadloop.api.prefer import Handling
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.problems import Problems

IGNORED = "Leadloop-Ignored"
IGNORED_LIMIT_BYTES = 4 * 1024
"""As much of a header as every client and proxy takes."""
SHORTEST = 3
"""Characters of a name that can be a misspelled one."""

_VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "%,")


def judge(names: Iterable[str], known: Sequence[str], handling: Handling | None) -> dict[str, str]:
    """The header fields that name unknown parameters in the answer.

    Raises `ApiError` 400 for one that nearly is a known one, which was meant to narrow the answer; with
    `handling=strict` for any.
    """
    is_strict = handling is Handling.STRICT
    headers = {"Preference-Applied": "handling=strict"} if is_strict else {}
    unknown = [name for name in names if name not in known]
    if not unknown:
        return headers
    problems = Problems()
    for name in unknown:
        if (meant := _meant(name, known)) is not None:
            problems.refuse(pointer(name), "unknown_parameter_near", nearest=meant)
        elif is_strict:
            problems.refuse(pointer(name), "unknown_parameter")
    if problems.listed:
        raise ApiError(400, Problem("invalid_input"), problems=problems.listed, headers=headers)
    return headers | {IGNORED: listed([f"?{name}" for name in unknown])}


def listed(names: Sequence[str]) -> str:
    """The value of `Leadloop-Ignored`: percent-encoded where a header cannot hold a character, `...` at the end where
    it cannot hold them all."""
    text = ", ".join(quote(name, safe=_VISIBLE) for name in names)
    if len(text) <= IGNORED_LIMIT_BYTES:
        return text
    return text[:IGNORED_LIMIT_BYTES].rpartition(", ")[0] + ", ..."


def _meant(name: str, known: Sequence[str]) -> str | None:
    return next((each for each in known if _is_near(_plain(name), _plain(each))), None)


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _is_near(one: str, other: str) -> bool:
    """Whether they differ in one character: another, one more, or two that changed places."""
    if one == other:
        return True
    if min(len(one), len(other)) < SHORTEST or abs(len(one) - len(other)) > 1:
        return False
    for _ in range(2):  # what both begin with, then what both end with
        start = next(
            (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
        )
        one, other = one[start:][::-1], other[start:][::-1]
    return max(len(one), len(other)) == 1 or (len(one) == 2 and one == other[::-1])
