"""The `Prefer` header (RFC 7240): what an answer should carry, and what happens to unknown fields."""

from enum import Enum

from msgspec import Struct
from starlette.requests import Request


class Handling(Enum):
    STRICT = "strict"
    LENIENT = "lenient"


class Preferences(Struct, frozen=True):
    representation: bool = False
    handling: Handling | None = None
    """`None` leaves it to the dialect."""

    def applied(self) -> str:
        """The value of `Preference-Applied`, empty where nothing was asked for."""
        parts = ["return=representation"] if self.representation else []
        if self.handling:
            parts.append(f"handling={self.handling.value}")
        return ", ".join(parts)


NONE = Preferences()


def parse(request: Request) -> Preferences:
    """Unknown preferences are ignored, and of a repeated one the first counts, as RFC 7240 says."""
    if "prefer" not in request.headers:
        return NONE
    given: dict[str, str] = {}
    for preference in ",".join(request.headers.getlist("prefer")).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        given.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    handling = given.get("handling", "")
    return Preferences(
        representation=given.get("return") == "representation",
        handling=Handling(handling) if handling in ("strict", "lenient") else None,
    )
