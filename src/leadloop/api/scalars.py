"""Codecs of single values on the wire: each reads, checks and shows one type of value.

`read` takes any JSON value except null. It returns the core's value, `None` if the value clears the field, or `UNSET`
if it is refused (it adds a problem to the `Problems`) or counts as absent. `show` is the inverse. `unset` is what a
dialect shows for a field without a value; `UNSET` leaves it out.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from decimal import Context, Decimal, Inexact
from typing import Any

from msgspec import UNSET, UnsetType

from leadloop.api.body import INT_MAX, INT_MIN
from leadloop.api.generated import Code
from leadloop.api.zero_values import is_zero
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.instants import parse_instant, show_instant
from leadloop.core.leads.model import Lead
from leadloop.core.problems import Problems

TEXT_LIMIT_BYTES = 4 * 1024
LONG_TEXT_LIMIT_BYTES = 64 * 1024
MICROS = 1_000_000
SECONDS_BELOW = 100_000_000_000
"""An epoch below this is in seconds, from this on in milliseconds (expad.md section 1)."""

TIME_MIN_MS, TIME_MAX_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999."""

_WHOLE_TEXT = re.compile(r"-?\d{1,19}")
_NUMBER_TEXT = re.compile(r"-?\d{1,19}(\.\d{1,30})?")
_EXACT = Context(prec=80, traps=[Inexact])


class Codec(ABC):
    unset: Any = UNSET

    @abstractmethod
    def read(self, value: Any, at: str, problems: Problems) -> Any: ...

    def read_or_clear(self, value: Any, at: str, problems: Problems) -> Any:
        """Like `read`, but null is allowed and clears the field."""
        return None if value is None else self.read(value, at, problems)

    def show(self, value: Any) -> Any:
        return value

    def show_in(self, lead: Lead, value: Any) -> Any:
        """Like `show`; objects may also show values of the lead."""
        return self.show(value)

    def shown(self, value: str, code: Code) -> str:
        """The expression for what `show_in` returns of a value, in a function that has the `lead`."""
        if self.shows_as_stored:
            return value
        if type(self).show_in is not Codec.show_in:
            return f"{code.constant(self.show_in)}(lead, {value})"
        return f"{code.constant(self.show)}({value})"

    @property
    def shows_as_stored(self) -> bool:
        return type(self).show is Codec.show and type(self).show_in is Codec.show_in

    def restore(self, value: Any) -> Any:
        """The core's value from decoded JSON of the store, as in a change record."""
        return value

    def is_zero(self, value: Any) -> bool:
        """Whether a submitted value is the zero value of a typed client (semantics section 2)."""
        return is_zero(value)

    def report_ignored(self, value: Any, at: str, problems: Problems) -> None:
        """Reports the unknown and server-written members of a value that counts as empty."""
        return


class Text(Codec):
    def __init__(
        self,
        *,
        unset: Any = UNSET,
        blank_clears: bool = False,
        limit_bytes: int = TEXT_LIMIT_BYTES,
        shortest: int = 0,
        longest: int | None = None,
        check: Callable[[str], bool] | None = None,
        expected: Problem | None = None,
        choices: Collection[str] = (),
    ) -> None:
        self.unset = unset
        self._blank_clears = blank_clears
        self._limit_bytes = limit_bytes
        self._shortest = shortest
        self._longest = longest
        self._check = check
        self._expected = Problem("one_of", choices=tuple(choices)) if choices else expected
        self._choices = choices

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return problems.refuse(at, "text_expected")
        if not value and self._blank_clears:
            return None
        problem = self._problem(value)
        return value if problem is None else problems.add(problem.at(at))

    def _problem(self, value: str) -> Problem | None:
        if len(value) > self._limit_bytes // 4 and len(value.encode()) > self._limit_bytes:
            return Problem("too_long", limit=self._limit_bytes)
        if len(value) < self._shortest or (self._longest is not None and len(value) > self._longest):
            if self._longest is None:
                return Problem("too_short", least=self._shortest) if self._shortest > 1 else Problem("one_character")
            if self._longest == self._shortest:
                return Problem("exact_length", length=self._longest)
            return Problem("length_between", least=self._shortest, most=self._longest)
        invalid_input = (self._choices and value not in self._choices) or (self._check and not self._check(value))
        return self._expected if invalid_input else None


class Flag(Codec):
    def __init__(self, *, unset: Any = UNSET) -> None:
        self.unset = unset

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, bool):
            return problems.refuse(at, "flag_expected")
        return value


class NumberCodec(Codec):
    def is_zero(self, value: Any) -> bool:
        return is_zero(value) or _decimal(value) == 0


class WholeNumber(NumberCodec):
    def __init__(self, *, unset: Any = UNSET, from_text: bool = False, least: int = INT_MIN) -> None:
        self.unset = unset
        self._from_text = from_text
        self._least = least

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        number = parse_whole(value, self._from_text)
        if number is None:
            return problems.refuse(at, "whole_expected")
        if number < self._least and self._least > INT_MIN:
            return problems.refuse(at, "too_small", least=self._least)
        if not INT_MIN <= number <= INT_MAX:
            return problems.refuse(at, "whole_range")
        return number


class Millionths(NumberCodec):
    """Money and amounts: a number with up to 6 decimals, stored exactly in millionths."""

    def __init__(self, *, unset: Any = UNSET, zero_clears: bool = False) -> None:
        self.unset = unset
        self._zero_clears = zero_clears

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        number = _decimal(value)
        if number is None:
            return problems.refuse(at, "number_expected")
        try:
            scaled = _EXACT.scaleb(number, 6)
            micros = int(scaled)
        except ArithmeticError:
            micros, scaled = 0, Decimal(1)
        if micros != scaled:
            return problems.refuse(at, "too_precise", decimals=6)
        if not INT_MIN <= micros <= INT_MAX:
            return problems.refuse(at, "amount_range")
        return None if not micros and self._zero_clears else micros

    def show(self, value: Any) -> Any:
        whole_units, rest = divmod(value, MICROS)
        return whole_units if not rest else Decimal(value).scaleb(-6).normalize()


class Epoch(NumberCodec):
    """A time as a number: read in seconds or milliseconds, shown in the unit of the instance. 0 clears the field.

    With `zero_is_absent`, for times of receipt, 0 leaves the field unchanged.
    """

    def __init__(self, *, show_in_seconds: bool = False, zero_is_absent: bool = False) -> None:
        self.unset = 0
        self._divisor = 1_000 if show_in_seconds else 1
        self._zero = UNSET if zero_is_absent else None

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        number = parse_whole(value, True)
        if number is None:
            return problems.refuse(at, "epoch_expected")
        at_ms = number * 1_000 if abs(number) < SECONDS_BELOW else number
        if not TIME_MIN_MS <= at_ms <= TIME_MAX_MS:
            return problems.refuse(at, "year_range")
        return at_ms or self._zero

    def show(self, value: Any) -> Any:
        return value // self._divisor

    @property
    def shows_as_stored(self) -> bool:
        return self._divisor == 1


class Instant(Codec):
    """A time in ISO 8601, or in milliseconds since 1970. Without an offset it is UTC."""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        at_ms = parse_instant(value) if isinstance(value, str) else parse_whole(value, False)
        if at_ms is None or not TIME_MIN_MS <= at_ms <= TIME_MAX_MS:
            return problems.refuse(at, "time_expected")
        return at_ms

    def show(self, value: Any) -> Any:
        return show_instant(value)


class AnyJson(Codec):
    """Any JSON. Numbers are normalized: 1.0 becomes 1, other fractions become floats."""

    def __init__(
        self,
        limit_bytes: int = TEXT_LIMIT_BYTES,
        *,
        only: tuple[type, ...] = (),
        expected: Problem | None = None,
    ) -> None:
        """`expected` is the problem of a value whose type is not in `only`."""
        self._limit_bytes = limit_bytes
        self._only = only
        self._expected = expected

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        if self._expected and not isinstance(value, self._only):
            return problems.add(self._expected.at(at))
        return self._plain(value, at, problems)

    def _plain(self, value: Any, at: str, problems: Problems) -> Any:
        if isinstance(value, Decimal):
            return _normalized_number(value)
        if isinstance(value, dict):
            return {key: self._plain(member, at + pointer(key), problems) for key, member in value.items()}
        if isinstance(value, list):
            return [self._plain(item, f"{at}/{index}", problems) for index, item in enumerate(value)]
        if isinstance(value, str) and len(value) > self._limit_bytes // 4 and len(value.encode()) > self._limit_bytes:
            problems.refuse(at, "too_long", limit=self._limit_bytes)
        return value


def _normalized_number(value: Decimal) -> int | float:
    """A fraction that is whole as a double becomes an integer, as PostgreSQL would store it; -0.0 becomes 0."""
    number = int(value) if value == value.to_integral_value() else float(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def text_of(body: Mapping[str, Any], name: str) -> str | UnsetType | None:
    """A member if it is a text; `None` for any other value, `UNSET` if it is absent."""
    value = body.get(name, UNSET)
    return value if value is UNSET or isinstance(value, str) else None


def parse_whole(value: Any, from_text: bool) -> int | None:
    """The whole number of 1, 1.0 and, with `from_text`, "1"; `None` for any other value."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else None
    if from_text and isinstance(value, str) and _WHOLE_TEXT.fullmatch(value):
        return int(value)
    return None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _NUMBER_TEXT.fullmatch(value):
        return Decimal(value)
    return None
