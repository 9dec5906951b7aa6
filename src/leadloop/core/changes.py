"""The change record: one effective change of one lead, field by field. Records are never rewritten."""

from functools import lru_cache
from typing import Any

from msgspec import Struct


class FieldChange(Struct, frozen=True, omit_defaults=True, gc=False):
    """One field's value before and after; `None` (left out of the JSON) means unset.

    `field` is a JSON pointer into the stored lead: `/email`, `/address/city`, `/notes/<id>`, `/params/utm_source`.
    """

    field: str
    before: Any = None
    after: Any = None
    reason: str | None = None
    """Set where leadloop itself chose the value, or could not choose one: the reason."""

    @property
    def is_effective(self) -> bool:
        """False if it only gives the reason why nothing was set."""
        return self.before is not None or self.after is not None


class Change(Struct, frozen=True, kw_only=True):
    """One record of the change log.

    `version` is the lead's version after the change. `position` is the record's position in its account's feed, counted
    from 1 without gaps; the store assigns it on commit, and it is 0 before.
    """

    account_id: str
    lead_id: str
    version: int
    at_ms: int
    actor: str
    dialect: str
    request_id: str
    fields: list[FieldChange]
    position: int = 0


@lru_cache(maxsize=16_384)
def pointer(*parts: str) -> str:
    """The JSON pointer (RFC 6901) to a field, a member or an item."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def pointer_parts(text: str) -> list[str]:
    if "~" not in text:
        return text.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]
