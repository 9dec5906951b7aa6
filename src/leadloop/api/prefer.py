"""The `Prefer` header (RFC 7240): what an answer should carry, and what happens to unknown fields."""

from enum import Enum
from typing import TypeVar

from msgspec import Struct

from leadloop.core.problems import Problems

E = TypeVar("E", bound=Enum)


class Handling(Enum):
    STRICT = "strict"
    LENIENT = "lenient"


class Return(Enum):
    MINIMAL = "minimal"
    REPRESENTATION = "representation"


class Preferences(Struct, frozen=True, omit_defaults=True):
    """`None` leaves it to the dialect."""

    wanted: Return | None = None
    handling: Handling | None = None
    dry_run: bool = False
    upsert: str | None = None
    """What a POST looks for the lead by, as it was sent."""

    def applied(self, given: Return | None, *, creates: bool) -> str:
        """The value of `Preference-Applied` for an answer that is `given`; empty where nothing was asked for.

        Only what `creates` a lead can find one instead.
        """
        honoured = [f"return={given.value}"] if given and self.wanted is given else []
        honoured += [f"handling={self.handling.value}"] if self.handling else []
        honoured += ["dry-run"] if self.dry_run else []
        honoured += [f"upsert={self.upsert}"] if self.upsert and creates else []
        return ", ".join(honoured)


NO_PREFERENCES = Preferences()


def parse(text: str) -> Preferences:
    """The header field. Unknown preferences are ignored, and of a repeated one the first counts, as RFC 7240 says."""
    given: dict[str, str] = {}
    for preference in text.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        given.setdefault(name.strip().lower(), value.strip().strip('"'))
    return Preferences(
        _choice(Return, given.get("return")),
        _choice(Handling, given.get("handling")),
        given.get("dry-run", "false").lower() != "false",  # rather than write against an unclear wish
        given.get("upsert"),
    )


def problems_for(handling: Handling | None, *, refuses_unknown: bool) -> Problems:
    """For a body of a lead; `handling` overrides what the dialect does with unknown names by itself."""
    strict = handling is Handling.STRICT
    return Problems(refuse_unknown=strict or (refuses_unknown and handling is None), refuse_owned=strict)


def _choice(choices: type[E], text: str | None) -> E | None:
    return next((choice for choice in choices if text and choice.value == text.lower()), None)
