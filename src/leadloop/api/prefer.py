"""The `Prefer` header (RFC 7240): the content of the answer, the handling of unknown fields, dry run and upsert."""

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
    """`None` means the dialect's default. The stored answers of idempotency keys contain this as JSON."""

    wanted: Return | None = None
    handling: Handling | None = None
    dry_run: bool = False
    upsert: str | None = None
    """The upsert key of a POST, as the client sent it."""

    def applied_header(self, returned: Return | None, *, creates: bool) -> str:
        """The value of `Preference-Applied` for an answer of the form `returned`; empty if no preference applied.

        `upsert` applies only to requests that may create a lead.
        """
        honoured = [f"return={returned.value}"] if returned and self.wanted is returned else []
        honoured += [f"handling={self.handling.value}"] if self.handling else []
        honoured += ["dry-run"] if self.dry_run else []
        honoured += [f"upsert={self.upsert}"] if self.upsert and creates else []
        return ", ".join(honoured)


NO_PREFERENCES = Preferences()


def parse(text: str) -> Preferences:
    """Parses the header field. As RFC 7240 requires, it ignores unknown preferences and takes the first of repeated
    ones."""
    preferences: dict[str, str] = {}
    for preference in text.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        preferences.setdefault(name.strip().lower(), value.strip().strip('"'))
    return Preferences(
        _choice(Return, preferences.get("return")),
        _choice(Handling, preferences.get("handling")),
        preferences.get("dry-run", "false").lower()
        != "false",  # an unknown value counts as a dry run: it must not write by mistake
        preferences.get("upsert"),
    )


def problems_for(handling: Handling | None, *, refuses_unknown: bool) -> Problems:
    """The `Problems` for the body of a lead; `handling` overrides the dialect's default for unknown names."""
    strict = handling is Handling.STRICT
    return Problems(refuse_unknown=strict or (refuses_unknown and handling is None), refuse_owned=strict)


def _choice(choices: type[E], text: str | None) -> E | None:
    return next((choice for choice in choices if text and choice.value == text.lower()), None)
