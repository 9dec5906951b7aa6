"""Collecting all that is wrong with a body, and what was not taken of it, while it is read."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from leadloop.core.changes import pointer
from leadloop.core.errors import PROBLEM_LIMIT, InvalidFields, Param, Problem


class Problems(Struct):
    """`at` is always a JSON pointer in the words of the client. Names that are not known, and fields that only the
    server writes, are either refused or listed as ignored."""

    refuse_unknown: bool = True
    refuse_owned: bool = False
    listed: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def refuse(self, at: str, code: str, /, **params: Param) -> UnsetType:
        """Returns what a reader returns for a refused value."""
        return self.add(Problem(code, at, **params))

    def add(self, problem: Problem) -> UnsetType:
        if len(self.listed) < PROBLEM_LIMIT:
            self.listed.append(problem)
        return UNSET

    def is_refused(self, at: str) -> bool:
        return any(problem.field == at for problem in self.listed)

    def unknown(self, at: str, name: str, known: Iterable[str]) -> None:
        """The client named something that does not exist here."""
        if not self.refuse_unknown:
            self.ignored.append(at)
        elif len(self.listed) < PROBLEM_LIMIT:  # the nearest name takes long to find
            nearest = get_close_matches(name, known, 1, 0.5)
            self.add(Problem("unknown_field_near", at, nearest=nearest[0]) if nearest else Problem("unknown_field", at))

    def refuse_others(self, body: Mapping[str, Any], known: Collection[str]) -> None:
        """Members of `body` besides the known ones."""
        for name in body:
            if name not in known:
                self.unknown(pointer(name), name, known)

    def owned(self, at: str, is_as_shown: bool = False) -> None:
        """A field that only the server writes."""
        if self.refuse_owned and not is_as_shown:
            self.refuse(at, "server_only")
        else:
            self.ignored.append(at)

    def finish(self) -> None:
        """Raises `InvalidFields` when anything was refused."""
        if self.listed:
            raise InvalidFields(self.listed)
