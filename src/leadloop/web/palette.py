"""Where the palette (Ctrl K) and the keys after `g` lead: what the visitor's role may open."""

from collections.abc import Sequence
from typing import NamedTuple

from leadloop.web.navigation import N_, SECTIONS
from leadloop.web.visit import Visitor


class Destination(NamedTuple):
    title: str
    """A text of the catalogue; the name of an account as it is."""
    url: str
    icon: str
    shortcut: str = ""
    """The key after `g`."""
    is_account: bool = False


class _PaletteEntry(NamedTuple):
    title: str
    path: str
    """After the account; of the whole instance if it begins with `/`."""
    icon: str
    scope: str = ""
    shortcut: str = ""


_ROWS = (
    _PaletteEntry(N_("New API key"), "keys/new", "plus", "keys:manage"),
    _PaletteEntry(N_("Invite somebody"), "settings/people", "user-plus", "users:manage"),
    _PaletteEntry(N_("Account settings"), "settings/account", "settings", "account:manage", "s"),
    _PaletteEntry(N_("People"), "settings/people", "users", "users:manage", "p"),
    _PaletteEntry(N_("My settings"), "/app/settings/me", "circle-user-round", "", "m"),
)


def destinations(visitor: Visitor) -> Sequence[Destination]:
    """Pages and actions of the account, then the person's other accounts."""
    account, membership = visitor.home, visitor.home_membership
    scopes = membership.scopes if membership is not None else frozenset()
    rows = [
        _PaletteEntry(section.title, section.name, section.icon, section.scope, section.shortcut)
        for section in SECTIONS
    ]
    rows += _ROWS
    links: list[Destination] = []
    for row in rows:
        if row.path.startswith("/"):
            links.append(Destination(row.title, row.path, row.icon, row.shortcut))
        elif account is not None and row.scope in scopes:
            links.append(Destination(row.title, f"/app/{account.id}/{row.path}", row.icon, row.shortcut))
    if visitor.person is not None and visitor.person.is_operator:
        links.append(Destination(N_("This server"), "/app/settings/instance", "server"))
    others = [other for _, other in visitor.memberships if account is None or other.id != account.id]
    links += [Destination(other.name, f"/app/{other.id}", "arrow-right", is_account=True) for other in others]
    return links
