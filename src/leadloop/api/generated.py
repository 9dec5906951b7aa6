"""Generates the functions that show leads, from the tables of properties and shapes.

A generated function is one dict display without a loop, and calls only the codecs that convert: it takes a third of the
time of a loop over the table.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

if TYPE_CHECKING:
    from leadloop.api.scalars import Codec


class Shown(NamedTuple):
    """A Python expression for what is shown as one member, and the condition under which it is shown, if any."""

    expression: str
    condition: str = ""


class Code:
    """The source of one function, and the names of the constants in it."""

    def __init__(self, *, shows_unset: bool = False) -> None:
        """`shows_unset`: nothing is ever `UNSET`."""
        self._shows_unset = shows_unset
        self._constants: dict[str, Any] = {"UNSET": UNSET}

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def unless_unset(self, expression: str) -> Shown:
        """A member that is left out if the expression is `UNSET`."""
        return Shown(expression) if self._shows_unset else Shown("shown", f"(shown := {expression}) is not UNSET")

    def stored(self, value: str, codec: "Codec") -> Shown:
        """What `codec` shows of a stored value, the expression `value`; what it shows of none if it is `None`."""
        shown, unset = codec.shown("m", self), codec.unset
        if unset is UNSET:
            return Shown(shown, f"(m := {value}) is not None")
        constant = repr(unset) if unset is None or isinstance(unset, str | int) else self.constant(unset)
        return Shown(f"{constant} if (m := {value}) is None else {shown}")

    def function(self, parameters: str, members: Iterable[tuple[str, Shown]]) -> Callable[..., dict[str, Any]]:
        """The function that returns these members, in their order."""
        display: list[str] = []
        statements: list[str] = []
        for name, (expression, condition) in members:
            if condition:
                statements.append(f"    if {condition}: members[{name!r}] = {expression}")
            elif statements:
                statements.append(f"    members[{name!r}] = {expression}")
            else:
                display.append(f"{name!r}: {expression}")
        first = f"    members = {{{', '.join(display)}}}"
        source = "\n".join([f"def show({parameters}):", first, *statements, "    return members"])
        exec(source, self._constants)
        show: Callable[..., dict[str, Any]] = self._constants["show"]
        return show
