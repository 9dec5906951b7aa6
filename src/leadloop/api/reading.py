"""What is found while a dialect reads a body: problems, and what it did not take."""

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct, field

from leadloop.api.prefer import Handling
from leadloop.core.errors import PROBLEM_LIMIT, InvalidFields, Problem


class Reading(Struct):
    """`at` is always a JSON pointer in the dialect's own words."""

    refuse_unknown: bool
    refuse_owned: bool
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def refuse(self, at: str, text: str) -> None:
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(at, text))

    def unknown(self, at: str, name: str, known: Iterable[str]) -> None:
        """A name that the dialect does not have here."""
        if not self.refuse_unknown:
            self.ignored.append(at)
            return
        if len(self.problems) == PROBLEM_LIMIT:
            return
        nearest = get_close_matches(name, known, 1, 0.5)
        hint = f"; did you mean {nearest[0]}?" if nearest else "; leave it out"
        self.refuse(at, f"is not a known field{hint}")

    def owned(self, at: str, is_as_shown: bool = False) -> None:
        """A field that only the server writes."""
        if self.refuse_owned and not is_as_shown:
            self.refuse(at, "is written by the server only; leave it out")
        else:
            self.ignored.append(at)

    def finish(self) -> None:
        """Raises `InvalidFields` when anything was refused."""
        if self.problems:
            raise InvalidFields(self.problems)


def reading(handling: Handling | None, *, refuses_unknown: bool) -> Reading:
    """`handling` overrides what the dialect does with unknown names by itself."""
    strict = handling is Handling.STRICT
    return Reading(refuse_unknown=strict or (refuses_unknown and handling is None), refuse_owned=strict)
