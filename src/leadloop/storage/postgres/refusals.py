"""Tells the operator which command to run when PostgreSQL rejects a connection or a statement. Pure except for the
defaults of the address, which come from the environment and the system user as in PostgreSQL's own programs.
"""

import getpass
import os
import re
import shlex
from urllib.parse import parse_qs, unquote, urlsplit

from leadloop.core.errors import Unavailable

NO_DATABASE, NO_RIGHT, NO_PASSWORD, NO_LOGIN = "3D000", "42501", "28P01", "28000"
"""SQLSTATE: invalid_catalog_name, insufficient_privilege, invalid_password, invalid_authorization_specification."""
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class AccessRefused(Unavailable):
    """PostgreSQL responds but rejects this role, or denies it a right that leadloop needs. The sentence names the
    command to run and holds no password."""


def refusal(error: BaseException, url: str) -> AccessRefused | None:
    """`None` for any other error."""
    state = getattr(error, "sqlstate", None)
    if state not in (NO_DATABASE, NO_RIGHT, NO_PASSWORD, NO_LOGIN):
        return None
    user, database = _names(url)
    words = getattr(error, "message", None) or str(error)
    if state == NO_DATABASE:
        remedy = _as_administrator(f"createdb --owner={shlex.quote(user)} {shlex.quote(database)}")
        return AccessRefused(f"the database {database} does not exist: {remedy}")
    if state == NO_PASSWORD:
        return AccessRefused(
            f"the role {user} does not exist, or its password is missing or wrong: write the password in the address "
            f"(postgresql://{user}:password@host/{database}) or in ~/.pgpass; for a new role "
            + _as_administrator(f"createuser --pwprompt {shlex.quote(user)}")
        )
    remedy = _for_login(words, user, database) if state == NO_LOGIN else _for_right(words, user, database)
    return AccessRefused(f"{words}: {remedy}")


def _for_login(words: str, user: str, database: str) -> str:
    if "pg_hba.conf" in words:
        return "add a line that lets this role in to pg_hba.conf on PostgreSQL's machine, and reload PostgreSQL"
    if "Peer" in words or "Ident" in words:
        return (
            f"over the socket only the system user {user} is this role: run leadloop as that user, "
            f"or connect with a password (postgresql://{user}:password@127.0.0.1/{database})"
        )
    if "log in" in words:
        return _as_administrator(f"psql -c {shlex.quote(f'ALTER ROLE {_quoted(user)} LOGIN')}")
    return _as_administrator(f"createuser --pwprompt {shlex.quote(user)}")


def _for_right(words: str, user: str, database: str) -> str:
    if "for schema" in words:
        grant = f"GRANT ALL ON SCHEMA public TO {_quoted(user)}"
    elif "for database" in words:
        grant = f"GRANT ALL ON DATABASE {_quoted(database)} TO {_quoted(user)}"
    else:
        return f"connect as the role that created leadloop's tables, instead of {user}"
    return _as_administrator(f"psql -d {shlex.quote(database)} -c {shlex.quote(grant)}")


def _as_administrator(command: str) -> str:
    return f"on PostgreSQL's machine, run `sudo -u postgres {command}`"


def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _names(url: str) -> tuple[str, str]:
    """User and database of an address, with PostgreSQL's defaults."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    authority = parts.netloc.rpartition("@")[0].partition(":")[0]
    user = unquote(authority) or query.get("user", [""])[0] or os.environ.get("PGUSER") or getpass.getuser()
    path = unquote(parts.path.removeprefix("/"))
    named = path or query.get("database", query.get("dbname", [""]))[0]
    return user, named or os.environ.get("PGDATABASE") or user
