"""The lead that the dashboard's programs send for a first try, in the form of one dialect."""

from typing import Any

from msgspec import Struct


class SampleLead(Struct, frozen=True, kw_only=True):
    title: str
    """The name of the API, for people."""
    path: str
    """Where to POST it; `{account_id}` stands for the account."""
    body: dict[str, Any]
    labels: dict[str, str]
    """Member of the body → the label of its field in a form."""
    constants: dict[str, Any] = {}
    """Members that a form does not ask for."""
