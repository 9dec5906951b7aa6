"""The sections of the dashboard: a table, of which a visitor sees what exists and what their role may use."""

from collections.abc import Sequence
from typing import NamedTuple

from leadloop.web.visit import Visitor


def N_(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


class Section(NamedTuple):
    name: str
    """The part of the address after the account."""
    title: str
    icon: str
    scope: str
    group: str = ""
    """Empty for the daily work."""
    shortcut: str = ""
    """The key after `g`."""
    also: str = ""
    """Another such part, of pages that belong to the section."""


class NavigationLink(NamedTuple):
    section: Section
    url: str
    is_current: bool


SECTIONS: list[Section] = [
    Section("leads", N_("Leads"), "text-align-start", "leads:read", shortcut="l", also="views"),
    Section("connect", N_("Connect"), "plug", "account:manage", N_("Integrations"), "c"),
    Section("keys", N_("API keys"), "key-round", "keys:manage", N_("Integrations"), "k"),
]


def sections(visitor: Visitor, path: str) -> Sequence[NavigationLink]:
    if visitor.home is None or visitor.home_membership is None:
        return ()
    links = []
    for section in SECTIONS:
        if section.scope in visitor.home_membership.scopes:
            account = f"/app/{visitor.home.id}"
            places = tuple(f"{account}/{name}/" for name in (section.name, section.also) if name)
            links.append(NavigationLink(section, f"{account}/{section.name}", f"{path}/".startswith(places)))
    return links
