"""The `Prefer` header (RFC 7240): what an answer should carry, and what happens to unknown fields."""

from enum import Enum
from typing import TypeVar

from msgspec import Struct

from leadloop.api.request import Request

E = TypeVar("E", bound=Enum)


class Handling(Enum):
    STRICT = "strict"
    LENIENT = "lenient"


class Return(Enum):
    MINIMAL = "minimal"
    REPRESENTATION = "representation"


class Preferences(Struct, frozen=True):
    """`None` leaves it to the dialect."""

    wanted: Return | None = None
    handling: Handling | None = None

    def applied(self, given: Return) -> str:
        """The value of `Preference-Applied` for an answer that is `given`; empty where nothing was asked for."""
        honoured = (("return", self.wanted if self.wanted is given else None), ("handling", self.handling))
        return ", ".join(f"{name}={choice.value}" for name, choice in honoured if choice)


NONE = Preferences()


def parse(request: Request) -> Preferences:
    """Unknown preferences are ignored, and of a repeated one the first counts, as RFC 7240 says."""
    text = request.field(b"prefer")
    if text is None:
        return NONE
    given: dict[str, str] = {}
    for preference in text.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        given.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    return Preferences(_choice(Return, given.get("return")), _choice(Handling, given.get("handling")))


def _choice(choices: type[E], text: str | None) -> E | None:
    return next((choice for choice in choices if choice.value == text), None)
