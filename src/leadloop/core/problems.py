"""Collects the problems and the ignored members of a body while it is read."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from leadloop.core.changes import pointer
from leadloop.core.errors import PROBLEM_LIMIT, InvalidFields, Param, Problem


class Problems(Struct):
    """`at` is always a JSON pointer as the client writes it. Unknown names, and fields that only the server writes, are
    either refused or listed as ignored."""

    refuse_unknown: bool = True
    refuse_owned: bool = False
    listed: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def refuse(self, at: str, code: str, /, **params: Param) -> UnsetType:
        """Adds a problem. Returns `UNSET`, which readers return for a refused value."""
        return self.add(Problem(code, at, **params))

    def add(self, problem: Problem) -> UnsetType:
        if len(self.listed) < PROBLEM_LIMIT:
            self.listed.append(problem)
        return UNSET

    def is_refused(self, at: str) -> bool:
        return any(problem.field == at for problem in self.listed)

    def unknown(self, at: str, name: str, names: Iterable[str]) -> None:
        """Reports a name that does not exist; `names` are those that do."""
        if not self.refuse_unknown:
            self.ignored.append(at)
        elif len(self.listed) < PROBLEM_LIMIT:  # finding the nearest name is slow
            nearest = get_close_matches(name, names, 1, 0.5)
            self.add(Problem("unknown_field_near", at, nearest=nearest[0]) if nearest else Problem("unknown_field", at))

    def refuse_others(self, body: Mapping[str, Any], names: Collection[str]) -> None:
        """Reports the members of `body` that are not in `names`."""
        for name in body:
            if name not in names:
                self.unknown(pointer(name), name, names)

    def owned(self, at: str, is_as_shown: bool = False) -> None:
        """Reports a field that only the server writes."""
        if self.refuse_owned and not is_as_shown:
            self.refuse(at, "server_only")
        else:
            self.ignored.append(at)

    def finish(self) -> None:
        """Raises `InvalidFields` if there are problems."""
        if self.listed:
            raise InvalidFields(self.listed)
